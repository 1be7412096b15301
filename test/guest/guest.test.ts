import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureFrom } from "../experiment/failure-of.js";
import { FakeQemu } from "./fake-qemu.js";

describe("a guest that does not boot", () => {
  let fake: FakeQemu;
  beforeEach(async () => {
    fake = await FakeQemu.start({});
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  it("is told with its kernel's panic, and what to do", async () => {
    const panic = "[    1.5] Kernel panic - not syncing: No working init found.";
    await writeFile(
      join(fake.guest.dir, "console.log"),
      `[    1.4] Run /init\r\n${panic}\r\n[    1.6] Kernel Offset: 0xc000000\r\n`,
    );
    const failure = await failureFrom(fake.guest.boot(100));
    expect(failure.kind).toBe("environment");
    expect(failure.message).toMatch(/^the guest did not boot: /);
    expect(failure.message.endsWith(`; on its console: ${panic}`)).toBe(true);
    expect(failure.mend).toBe("build the guest image again: cloudlet setup --rebuild");
  });

  it("is told where the console has nothing", async () => {
    expect((await failureFrom(fake.guest.boot(100))).message).toMatch(/; on its console: nothing$/);
  });

  it("is no failure of the guest when the run is being ended", async () => {
    const reason = new Error("interrupted");
    await expect(fake.guest.boot(60_000, AbortSignal.abort(reason))).rejects.not.toThrow(/boot/);
  });
});
