import type { UserIds } from "../host/host.js";
import type { Requirement } from "../testbed/contract.js";

const ROOT: UserIds = { uid: 0, gid: 0 };

/** Whom QEMU runs as, as records have it. @param user `guestUser` of its host. */
export const qemuUserIds = (user: UserIds | null): UserIds => user ?? ROOT;

/** The same for `doctor`; nothing that could be missing. */
export function qemuUser(user: UserIds | null): Requirement {
  return {
    name: "QEMU's user",
    state: "ok",
    detail:
      user === null
        ? "root of its cloudlet, inside QEMU's system-call filter (docs/threat-model.md)"
        : `${user.uid}:${user.gid}, without capabilities, inside QEMU's system-call filter`,
  };
}
