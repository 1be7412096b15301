import { describe, expect, it } from "vitest";
import type { Cell } from "../../src/experiment/plan.js";
import {
  chooseLab,
  chooseRemoval,
  type KnownLab,
  knownLabs,
  labLike,
  labsOf,
} from "../../src/cli/lab-choice.js";
import type { LabDescription, LabListing, LabState, StandingLabs } from "../../src/testbed/standing-labs.js";
import { failureOf } from "../experiment/failure-of.js";
import { aLabFile } from "../lab/standing/a-lab-file.js";
import { FakeTestbed, VirtualClock } from "../run/fake-testbed.js";

const standing: LabState = { name: "standing" };
const driven: LabState = { name: "driven", pid: 42, command: "cloudlet run grid" };
const abandoned: LabState = { name: "abandoned", reason: "process 41 ended without clearing up" };

const lab = (id: string, state: LabState = standing): LabListing => ({ id, kind: "lab", state });
const run = (id: string, state: LabState = driven): LabListing => ({ id, kind: "run", state });

/** A testbed with machines, on which these have been made. */
class TestbedWithLabs extends FakeTestbed {
  readonly labs: StandingLabs;

  constructor(listings: readonly LabListing[], cells: Readonly<Record<string, Cell>> = {}) {
    super(new VirtualClock());
    const unused = () => Promise.reject(new Error("not asked for here"));
    this.labs = {
      list: () => Promise.resolve([...listings]),
      folderOf: (id) => id,
      cellOf: (id) => (cells[id] === undefined ? unused() : Promise.resolve(cells[id])),
      describe: (id) => Promise.resolve({ id } as LabDescription),
      ...{ up: unused, execute: unused, attach: unused, remove: unused, removeLeftovers: unused },
    };
  }
}

const known = (...listings: LabListing[]): Promise<KnownLab[]> => knownLabs([new TestbedWithLabs(listings)]);

const ids = (labs: readonly KnownLab[]) => labs.map(({ listing }) => listing.id);

describe("knownLabs", () => {
  it("asks every testbed that has machines, and passes over the others", async () => {
    const testbeds = [
      new TestbedWithLabs([lab("a")]),
      new FakeTestbed(new VirtualClock()),
      new TestbedWithLabs([run("b"), lab("c")]),
    ];
    expect(ids(await knownLabs(testbeds))).toEqual(["a", "b", "c"]);
  });
});

const { cell } = await aLabFile("a1");

describe("labLike", () => {
  const { guest, profile } = cell;

  it("finds the lab that was brought up for the same, shaped since or not", async () => {
    const { labs } = new TestbedWithLabs([run("x"), lab("dead", abandoned), lab("a"), lab("b", driven)], {
      a: { ...cell, guest: { ...guest, memoryMiB: 512 } },
      b: { ...cell, wan: { rateBps: 1e6, rttMs: 9 } },
    });
    expect((await labLike(cell, labs))?.id).toBe("b");
  });

  const reno = { value: "reno", source: "edited" } as const;
  it("takes none for one of another experiment, profile or access link", async () => {
    const { labs } = new TestbedWithLabs([lab("a"), lab("b"), lab("c"), lab("d")], {
      a: { ...cell, experiment: "grid" },
      b: { ...cell, profile: { ...profile, name: "thesis-2014" } },
      c: { ...cell, access: { rateBps: null, rttMs: 0 } },
      // The profile's file was edited since.
      d: { ...cell, profile: { ...profile, tcp: { ...profile.tcp, congestionControl: reno } } },
    });
    expect(await labLike(cell, labs)).toBeUndefined();
  });
});

describe("labsOf", () => {
  const without = new FakeTestbed(new VirtualClock());
  const withLabs = new TestbedWithLabs([]);

  it("takes the first testbed that has machines", () => {
    expect(labsOf([without, withLabs], undefined).testbed).toBe(withLabs);
  });

  it("refuses a testbed without machines, and names one that has them", () => {
    expect(failureOf(() => labsOf([without, withLabs], without)).line).toBe(
      "--testbed: testbed fake has no machines that could stay up between commands → use one that has: fake",
    );
  });
});

describe("chooseLab", () => {
  it("takes the only lab that is up, whatever runs beside it", async () => {
    const all = await known(run("r1"), lab("a"), lab("old", abandoned));
    expect(chooseLab(all, undefined).listing.id).toBe("a");
  });

  it("takes a lab in use too: to look at it and to run commands on it is allowed", async () => {
    expect(chooseLab(await known(lab("a", driven)), undefined).listing.id).toBe("a");
  });

  it("takes the one that was named, of several", async () => {
    expect(chooseLab(await known(lab("a"), lab("b")), "b").listing.id).toBe("b");
  });

  it.each([
    { up: [], id: undefined, line: "no lab is up → bring one up: cloudlet up" },
    { up: [run("r1")], id: undefined, line: "no lab is up → bring one up: cloudlet up" },
    { up: [lab("a"), lab("b")], id: undefined, line: "2 labs are up → name one: --lab a, --lab b" },
    { up: [lab("a"), lab("b")], id: "c", line: "--lab: there is no lab c → there are: a, b" },
    { up: [], id: "c", line: "--lab: there is no lab c → bring one up: cloudlet up" },
    {
      up: [run("r1")],
      id: "r1",
      line: "--lab: r1 is no lab of cloudlet up → bring one up: cloudlet up",
    },
    {
      up: [lab("a", abandoned)],
      id: undefined,
      line: "a: the lab can't be worked on any more: process 41 ended without clearing up → cloudlet down a, then cloudlet up",
    },
    {
      up: [lab("a", abandoned), lab("b")],
      id: "a",
      line: "a: the lab can't be worked on any more: process 41 ended without clearing up → cloudlet down a, then cloudlet up",
    },
  ])("says in one line: $line", async ({ up, id, line }) => {
    const all = await known(...up);
    expect(failureOf(() => chooseLab(all, id)).lines).toEqual([line]);
  });
});

describe("chooseRemoval", () => {
  const choose = async (listings: LabListing[], id?: string, all = false) => {
    const { remove, held } = chooseRemoval(await known(...listings), { id, all });
    return { remove: ids(remove), held: ids(held) };
  };

  it("removes the only lab, and with it what was left behind, but nothing that is in use", async () => {
    const listings = [lab("a"), lab("old", abandoned), run("crashed", abandoned), run("r1")];
    expect(await choose(listings)).toEqual({ remove: ["a", "old", "crashed"], held: [] });
  });

  it("holds the only lab back while a command works on it, and removes what was left behind all the same", async () => {
    expect(await choose([lab("a", driven), run("crashed", abandoned), run("r1")])).toEqual({
      remove: ["crashed"],
      held: ["a"],
    });
  });

  it("removes exactly the one that was named", async () => {
    expect(await choose([lab("a"), lab("b"), run("crashed", abandoned)], "b")).toEqual({
      remove: ["b"],
      held: [],
    });
  });

  it("holds back what a live process works on, and says so to whoever asked for it", async () => {
    expect(await choose([run("r1")], "r1")).toEqual({ remove: [], held: ["r1"] });
    expect(await choose([lab("a"), lab("b"), run("r1")], undefined, true)).toEqual({
      remove: ["a", "b"],
      held: ["r1"],
    });
  });

  it("finds nothing to do where there is nothing", async () => {
    expect(await choose([])).toEqual({ remove: [], held: [] });
    expect(await choose([lab("a")], "gone")).toEqual({ remove: [], held: [] });
  });

  it.each([standing, driven])("asks which, of several labs that are up ($name)", async (state) => {
    const all = await known(lab("a"), lab("b", state));
    expect(failureOf(() => chooseRemoval(all, { id: undefined, all: false })).line).toBe(
      "2 labs are up → name one: cloudlet down a, cloudlet down b; or cloudlet down --all",
    );
  });
});
