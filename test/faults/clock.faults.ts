import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { on } from "node:events";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecording } from "../../src/record/read.js";
import { machineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
/** Debian's package faketime; the machine's own clock is not touched. */
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

describe("a run whose wall clock is stepped by an hour", () => {
  beforeEach(requireNetns());
  beforeEach(async ({ skip }) => {
    const isThere = await access(FAKETIME).then(
      () => true,
      () => false,
    );
    if (!isThere) skip(`${FAKETIME} is not there → apt-get install faketime`);
  });

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-clock-"));
  });
  afterEach(() => rm(out, { recursive: true }));

  it.each([3600, -3600])(
    "by %d s in mid-cell, fails the cell with this cause, and in good time",
    async (stepS) => {
      const before = await machineState();
      const offset = join(out, "offset");
      await writeFile(offset, "+0");
      const dir = join(out, "run");
      const words = [
        "smoke",
        "--testbed",
        "netns",
        "--profile",
        "modern",
        "--retries",
        "0",
        "--out",
        dir,
        "--json",
      ];
      const run = execa(process.execPath, [cloudlet, "run", ...words], {
        reject: false,
        all: true,
        env: {
          LD_PRELOAD: FAKETIME,
          FAKETIME_TIMESTAMP_FILE: offset,
          FAKETIME_NO_CACHE: "1",
          FAKETIME_DONT_FAKE_MONOTONIC: "1",
        },
      });
      for await (const [chunk] of on(run.stdout, "data", { close: ["end"] })) {
        if (!String(chunk).includes('"migrating"')) continue;
        await writeFile(offset, stepS > 0 ? `+${stepS}` : String(stepS));
        break;
      }
      const { exitCode, all } = await run;
      expect(exitCode, all).toBe(4);
      const { cells } = await readRecording(dir);
      expect(cells[0]?.record.reasons.join()).toMatch(
        /the clock of this machine was stepped by -?36\d{5} ms/,
      );
      expect(await machineState()).toEqual(before);
    },
  );
});
