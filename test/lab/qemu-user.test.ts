import { expect, it } from "vitest";
import { localHost } from "../../src/host/local-host.js";
import { SshHost } from "../../src/host/ssh/ssh-host.js";
import { qemuUser, qemuUserIds } from "../../src/lab/qemu-user.js";

it("is told to a person and kept in records for what it is, on either kind of host", () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  expect(qemuUserIds(nobody)).toEqual(nobody);
  expect(qemuUser(nobody).detail).toMatch(/^65534:65534, without capabilities/);
  expect(qemuUserIds(SshHost.guestUser)).toEqual({ uid: 0, gid: 0 });
  expect(qemuUser(SshHost.guestUser).detail).toMatch(/^root of its cloudlet/);
});

it.runIf(process.getuid?.() === 0)("is nobody on this machine", () => {
  expect(qemuUser(localHost.guestUser).detail).toMatch(/^65534:65534/);
});
