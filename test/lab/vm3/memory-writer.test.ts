import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { readLastWords, refuseWriter, writerCommand } from "../../../src/lab/vm3/memory-writer.js";

const BLOCK = 16 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text);

describe("the memory writer", () => {
  it("writes the blocks of its working set and no others, and says at the end how many", async ({ skip }) => {
    const isThere = await Promise.all([access("/usr/bin/perl"), access("/proc/uptime")]).catch(
      () => undefined,
    );
    if (isThere === undefined) skip("it needs perl and /proc/uptime, as VM3 has them");
    const dir = await mkdtemp(join(tmpdir(), "cloudlet-writer-"));
    try {
      const fill = randomBytes(8 * BLOCK);
      await writeFile(join(dir, "fill"), fill);
      const writer = { rateMiBPerS: 20, workingSetMiB: 0.0625 };
      const [perl, ...words] = writerCommand(writer, join(dir, "fill"));
      const running = execa(perl, words, { encoding: "buffer" });
      const first = fill.subarray(0, BLOCK);
      const block = (of: Buffer, index: number) => of.subarray(index * BLOCK, (index + 1) * BLOCK);
      while (!block(await readFile(join(dir, "fill")), 3).equals(first)) await sleep(10);
      running.kill("SIGTERM");
      const { writtenMiB, durationS } = readLastWords(await running);
      // What is owed is written every hundredth of a second, and time is counted in such.
      expect(writtenMiB).toBeGreaterThan(0);
      expect(writtenMiB).toBeLessThanOrEqual(20 * (durationS + 0.01));

      const left = await readFile(join(dir, "fill"));
      expect(left).toHaveLength(8 * BLOCK);
      expect([0, 1, 2, 3].every((index) => block(left, index).equals(first))).toBe(true);
      expect(left.subarray(4 * BLOCK).equals(fill.subarray(4 * BLOCK))).toBe(true);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it.each([
    ["no fill", "", "/run/fill: No such file or directory at -e line 4.\n", /No such file/],
    ["no last words", "", "", /: nothing$/],
    ["other words", "12.00 x\n", "", /: 12\.00 x$/],
  ])("fails its cell for %s", (_, stdout, stderr, message) => {
    expect(() => readLastWords({ stdout: bytes(stdout), stderr: bytes(stderr) })).toThrow(message);
  });
});

describe("a working set that VM3 can't hold", () => {
  const asked = (memoryMiB: number, usedMiB: number, workingSetMiB: number) =>
    refuseWriter({
      guest: { memoryMiB, vcpus: 1, usedMiB },
      workload: { flows: [], windowKiB: 64, writer: { rateMiBPerS: 1, workingSetMiB } },
    });

  it("is refused before anything starts, with what there is to write over", () => {
    expect(asked(2048, 263, 132)).toEqual({
      key: "workload.writer.workingSetMiB",
      message: "of 263 MiB in use in VM3, 131 MiB are left to write over, not 132",
      mend: "raise guest.usedMiB, or write a smaller working set",
    });
    expect(asked(2048, 263, 131)).toBeUndefined();
    expect(asked(256, 64, 1)?.message).toMatch(/, 0 MiB are left/);
  });

  it("is none without a writer", () => {
    const guest = { memoryMiB: 256, vcpus: 1, usedMiB: 64 };
    expect(refuseWriter({ guest, workload: { flows: [], windowKiB: 64 } })).toBeUndefined();
  });
});
