import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fc from "fast-check";
import { expect, it } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How a fuzzed property came out, for the report. */
    fuzz?: { readonly cases: number; readonly failed: boolean; readonly slowestMs: number };
  }
}

/** No input may keep the process busy for longer; CPU time, so that a loaded machine changes nothing. */
const MOST_CPU_MS = 1000;

/** A case that waits for so long waits for ever. */
const STANDSTILL_MS = 120_000;

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/** Which share of its cases a property takes: `npm run test:fuzz` all of them, the unit tests a fortieth. */
const SHARE = setting("FUZZ_SHARE", 1 / 40);
/** The same cases every time unless another seed is asked for. A failure prints seed and path. */
const SEED = setting("FUZZ_SEED", 20_140_501);

interface HoldsOptions<T> {
  /** How many inputs `npm run test:fuzz` tries. */
  readonly cases?: number;
  /** CPU time that a case may take, where more than a second of it is work that was asked for. */
  readonly mostCpuMs?: number;
  /** What is done before, and is not what the input costs. */
  readonly prepare?: (input: T) => Promise<void>;
}

/**
 * A property that must hold of every input: `check` throws where it does not. Whatever the input, no process is
 * started and no second of CPU time is spent on it.
 */
export function holds<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
  { cases = 500, mostCpuMs = MOST_CPU_MS, prepare }: HoldsOptions<T> = {},
): void {
  it(name, { timeout: 3_600_000 }, async ({ task }) => {
    let slowestMs = 0;
    const started: unknown[] = [];
    const onProcess = (message: unknown) => started.push(message);
    subscribe("child_process", onProcess);
    const property = fc.asyncProperty(inputs, async (input) => {
      await prepare?.(input);
      const before = process.cpuUsage();
      await check(input);
      const { user, system } = process.cpuUsage(before);
      const tookMs = (user + system) / 1000;
      slowestMs = Math.max(slowestMs, tookMs);
      expect(tookMs, "ms of CPU time").toBeLessThan(mostCpuMs);
      expect(started, "processes").toEqual([]);
    });
    try {
      const numRuns = Math.ceil(cases * SHARE);
      const details = await fc.check(property, { seed: SEED, numRuns, timeout: STANDSTILL_MS });
      const failed = details.failed;
      task.meta.fuzz = { cases: details.numRuns, failed, slowestMs };
      if (failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
    } finally {
      unsubscribe("child_process", onProcess);
    }
  });
}
