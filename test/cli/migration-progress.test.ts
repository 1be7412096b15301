import { expect, it } from "vitest";
import { MigrationProgress } from "../../src/cli/migration-progress.js";
import type { MigrationSample } from "../../src/record/series.js";
import { VirtualClock } from "../run/fake-testbed.js";

const sample: MigrationSample = {
  tMs: 0,
  status: "active",
  transferredBytes: 100 * 2 ** 20,
  remainingBytes: 28.5 * 2 ** 20,
  normalPages: 1,
  duplicatePages: 1,
  dirtySyncCount: 2,
  dirtyPagesPerS: null,
  throughputMbit: 338.4,
  expectedDowntimeMs: null,
};

/** What is written while QEMU is polled every 50 ms for 12 s. */
function written(isLive: boolean): string[] {
  const clock = new VirtualClock();
  const texts: string[] = [];
  const output = { write: (text: string) => void texts.push(text), isLive, columns: 40 };
  {
    using progress = new MigrationProgress(output, clock);
    for (; clock.ms <= 12_000; clock.ms += 50) progress.report(sample);
  }
  return texts;
}

it("writes a line every five seconds into a log", () => {
  expect(written(false)).toEqual([
    "  5 s: sent 100 MiB at 338 Mbit/s, 28.5 MiB to go, pass 2\n",
    "  10 s: sent 100 MiB at 338 Mbit/s, 28.5 MiB to go, pass 2\n",
  ]);
});

it("redraws one line at a terminal, no wider than it, and takes it away in the end", () => {
  const texts = written(true);
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.at(-1)).toBe("\r\u001b[2K");
  for (const text of texts) {
    expect(text.startsWith("\r\u001b[2K")).toBe(true);
    expect(text.slice(5).length).toBeLessThan(40);
    expect(text).not.toContain("\n");
  }
});
