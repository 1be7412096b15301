import { expect, it } from "vitest";
import { playHandover } from "../../src/cli/handover-play.js";
import type { Step } from "../../src/run/progress.js";
import { interfaceTables } from "../../src/run/scenario/interface-tables.js";
import type { LabDescription, StandingLab } from "../../src/testbed/standing-labs.js";
import { failureFrom } from "../experiment/failure-of.js";
import { FakeTestbed, VirtualClock, type Misbehaviour } from "../run/fake-testbed.js";
import { shippedPlan } from "../run/fixtures.js";

const { signal } = new AbortController();

const initially = { vm3: { cloudlet: 1, pid: 7 }, interfaces: interfaceTables["4.5"] } as const;
const afterwards = { vm3: { cloudlet: 2, pid: 8 }, interfaces: interfaceTables["4.8"] } as const;
const vm3Moved = {
  vm3: { cloudlet: 2, pid: 8 },
  interfaces: interfaceTables["4.5"].map((row) =>
    row.vm === "VM3" && row.interface === "eth0" ? { ...row, state: "UP (inactive)" as const } : row,
  ),
} as const;

/** A lab over a testbed in memory, its machines as the given table says. */
async function labOver(
  clock: VirtualClock,
  found: Pick<LabDescription, "interfaces" | "vm3">,
  misbehaviour: Misbehaviour = {},
  experiment = "handover",
) {
  const { plan } = await shippedPlan({ experiments: [experiment] });
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error("no cell");
  const testbed = new FakeTestbed(clock, () => misbehaviour);
  const session = await testbed.open();
  const description = { id: "a1", ...found } as unknown as LabDescription;
  const unused = () => Promise.reject(new Error("not asked for here"));
  const lab: StandingLab = {
    id: "a1",
    cell: { ...cell, id: "a1" },
    describe: () => Promise.resolve(description),
    begin: (aborted) => session.begin(cell, aborted),
    shape: unused,
    migrate: unused,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { lab, testbed };
}

it("plays slots A to E, tells each step, and computes the metrics", async () => {
  const clock = new VirtualClock();
  const { lab, testbed } = await labOver(clock, initially);
  const steps: Step[] = [];
  const cell = await playHandover(lab, { clock }, signal, (step) => steps.push(step));
  expect(cell.record).toMatchObject({ id: "a1", status: "ok", reasons: [] });
  expect(Object.keys(cell.record.tables)).toEqual(["4.5", "4.6", "4.7", "4.8"]);
  expect(cell.metrics.get("totalMigrationTimeS")?.value).toBe(8);
  expect(steps).toContain("slot A: on cloudlet 1");
  expect(steps.at(-1)).toBe("clearing up");
  expect([...testbed.alive], "the cell is let go of").toEqual(["session"]);
});

it("refuses a lab of an experiment in which nothing moves, before anything is asked of it", async () => {
  const clock = new VirtualClock();
  const { lab, testbed } = await labOver(clock, initially, {}, "baseline-throughput");
  const { line } = await failureFrom(playHandover(lab, { clock }, signal, () => undefined));
  expect(line).toBe(
    "a1: nothing moves in experiment baseline-throughput: its scenario is throughput → bring up one that hands over: cloudlet down a1, then cloudlet up handover",
  );
  expect(testbed.calls).toEqual([]);
});

it("tells a migration that failed as QEMU does", async () => {
  const clock = new VirtualClock();
  const { lab } = await labOver(clock, initially, { migration: { status: "failed", reason: "Broken pipe" } });
  const cell = await playHandover(lab, { clock }, signal, () => undefined);
  expect(cell.record.status).toBe("failed");
  expect(cell.record.reasons).toContain("the migration failed: Broken pipe");
});

it.each([
  {
    when: "after a handover",
    found: afterwards,
    line: "a1: the handover begins with VM3 and the device on cloudlet 1, but: Table 4.5: VM3 eth0 is DOWN NONE, not UP 10.1.1.15/24 → begin anew: cloudlet down a1, then cloudlet up",
  },
  {
    when: "after VM3 alone was moved",
    found: vm3Moved,
    line: "a1: the handover begins with VM3 and the device on cloudlet 1, but: Table 4.5: VM3 eth0 is UP (inactive) 10.1.1.15/24, not UP 10.1.1.15/24 → bring VM3 back: cloudlet migrate",
  },
])("refuses to begin $when, and touches nothing", async ({ found, line }) => {
  const clock = new VirtualClock();
  const { lab, testbed } = await labOver(clock, found);
  const failure = await failureFrom(playHandover(lab, { clock }, signal, () => undefined));
  expect(failure.line).toBe(line);
  expect(testbed.calls).toEqual([]);
});
