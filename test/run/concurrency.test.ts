import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecording, readRunFile } from "../../src/record/read.js";
import type { RunEvent } from "../../src/run/progress.js";
import { carryOut } from "../../src/run/run.js";
import { loadScenarios } from "../../src/run/scenarios.js";
import type { Session } from "../../src/testbed/contract.js";
import { FakeTestbed, type Misbehaviour, VirtualClock } from "./fake-testbed.js";
import { asked, nothingClaimed, shippedPlan } from "./fixtures.js";

const scenarios = await loadScenarios();
const located = await shippedPlan({ experiments: ["grid"] });
const planned = located.plan.cells.map(({ id }) => id);

/** A testbed whose cells end in another order than they were begun in: the first of all is the slowest. */
class ManyAtOnce extends FakeTestbed {
  override concurrency = 3;
  most = 0;

  override async open(): Promise<Session> {
    const session = await super.open();
    return {
      ...session,
      begin: async (cell, signal) => {
        this.most = Math.max(this.most, this.alive.size);
        const begun = await session.begin(cell, signal);
        const wait = begun.wait.bind(begun);
        begun.wait = async (ms) => {
          for (let turns = 0; turns < (cell.id === planned[0] ? 40 : 2); turns++) await turn();
          await wait(ms);
        };
        return begun;
      },
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-concurrency-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function attempt(misbehave?: () => Misbehaviour, controller = new AbortController()) {
  const clock = new VirtualClock();
  const testbed = new ManyAtOnce(clock, misbehave);
  const events: RunEvent[] = [];
  const dir = join(folder, "run");
  const outcome = await carryOut({
    located,
    testbed,
    scenarios,
    dir,
    runId: "r1",
    claim: nothingClaimed,
    asked,
    retries: 0,
    software: { version: "0.0.0", commit: null },
    clock,
    signal: controller.signal,
    report: (event) => events.push(event),
  });
  return { outcome, testbed, events, dir };
}

describe("a testbed that takes several cells at once", () => {
  it("is given as many as it takes and no more, and the record is in the order of the plan", async () => {
    const { testbed, dir, events } = await attempt();
    // As a cell begins: the session and two others.
    expect(testbed.most).toBe(3);
    expect((await readRecording(dir)).run.cells).toEqual(planned);
    const ended = events.flatMap((event) => (event.type === "cell-ended" ? [event] : []));
    expect(ended.map(({ cell, done }) => [cell, done])).toEqual(planned.map((id, index) => [id, index + 1]));
    expect(testbed.alive.size).toBe(0);
  });

  it("keeps a beginning of the plan when it is interrupted, and goes on from there", async () => {
    const controller = new AbortController();
    let begun = 0;
    const during: Misbehaviour["during"] = (method) => {
      if (method === "begin" && ++begun === 10) controller.abort(new Error("Ctrl-C"));
    };
    const first = await attempt(() => ({ during }), controller);
    expect(first.outcome.interrupted).toBe(true);
    expect(first.testbed.alive.size).toBe(0);
    const { run: half } = await readRunFile(first.dir);
    expect(half.cells.length).toBeGreaterThan(0);
    expect(half.cells).toEqual(planned.slice(0, half.cells.length));
    const second = await attempt();
    expect(second.outcome).toMatchObject({ interrupted: false, recorded: planned.length });
    expect((await readRecording(second.dir)).run.cells).toEqual(planned);
  });
});
