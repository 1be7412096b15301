import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expand } from "../../src/experiment/cells.js";
import { readPlan } from "../../src/experiment/read-plan.js";
import { MAX_SEED } from "../../src/experiment/seeded-random.js";
import { shippedPlan, folders } from "../run/fixtures.js";
import { failureFrom } from "./failure-of.js";

const idsOf = (plan: { readonly cells: readonly { readonly id: string }[] }) =>
  plan.cells.map(({ id }) => id);

describe("a plan", () => {
  it("has a cell for each point, named by it", async () => {
    const { plan } = await shippedPlan({ experiments: ["grid"] });
    const expected = [350, 175, 60].flatMap((bw) => [20, 50, 100, 150].map((rtt) => `bw${bw}-rtt${rtt}-r1`));
    expect(idsOf(plan).sort()).toEqual(expected.sort());
    expect(plan.cells.find(({ id }) => id === "bw60-rtt150-r1")).toMatchObject({
      experiment: "grid",
      scenario: "handover",
      wan: { rateBps: 60e6, rttMs: 150 },
      access: { rateBps: 100e6, rttMs: 2 },
      guest: { usedMiB: 263 },
    });
  });

  it("prefixes ids with the experiment when there are several", async () => {
    const { plan } = await shippedPlan({ experiments: ["smoke", "handover"] });
    expect(idsOf(plan).sort()).toEqual(["handover-bw350-rtt20-r1", "smoke-bw60-rtt20-r1"]);
  });

  it("has a cell for each rate of the writer in VM3, on each link", async () => {
    const { plan } = await shippedPlan({ experiments: ["dirty-rate"] });
    const expected = [120, 60].flatMap((bw) => [0, 2, 4, 5].map((rate) => `bw${bw}-rtt20-dirty${rate}-r1`));
    expect(idsOf(plan).sort()).toEqual(expected.sort());
    for (const { id, workload } of plan.cells) {
      const rateMiBPerS = Number(/dirty(\d)/.exec(id)?.[1]);
      expect(workload).toEqual({
        flows: ["device"],
        windowKiB: 64,
        writer: { rateMiBPerS, workingSetMiB: 32 },
      });
    }
  });

  it("knows where a value of a cell was written, in the experiment or the profile", async () => {
    const { plan, placeOf } = await shippedPlan({ experiments: ["grid"] });
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("no cell");
    expect(placeOf(cell, "wan.bandwidthMbit")).toBe(`${folders.experiments}grid.yaml:7:18`);
    expect(placeOf(cell, "link.limitPackets")).toMatch(/profiles\/modern\.yaml:\d+:5$/);
  });

  it("lists the mistakes of all files together", async () => {
    const { lines } = await failureFrom(shippedPlan({ experiments: ["gird", "none"], profile: "moderm" }));
    expect(lines).toEqual([
      expect.stringMatching(/^no profile named "moderm" → did you mean modern\?/),
      expect.stringMatching(/^no experiment named "gird" → did you mean grid\?/),
      expect.stringMatching(/^no experiment named "none" → there are: .*grid, handover, .*smoke/),
    ]);
    expect(lines[2], "files beside them that are none").not.toMatch(/survey|thesis/);
  });

  it("has one cell for an unshaped link, which no bandwidth or RTT selects", async () => {
    const request = { experiments: ["baseline-migration", "grid"] };
    const { plan } = await shippedPlan(request);
    expect(plan.cells).toHaveLength(13);
    expect(plan.cells.find(({ id }) => id === "baseline-migration-unshaped-r1")?.wan).toEqual({
      rateBps: null,
      rttMs: 0,
    });
    const selected = (await shippedPlan({ ...request, only: "rtt=20" })).plan;
    expect(idsOf(selected)).toHaveLength(3);
    expect((await failureFrom(shippedPlan({ ...request, only: "rtt=0" }))).line).toMatch(
      /no cell has rtt=0 → rtt can be 20, 50, 100, 150/,
    );
  });

  it("refuses the same experiment twice", async () => {
    expect((await failureFrom(shippedPlan({ experiments: ["grid", "grid"] }))).line).toMatch(
      /grid\.yaml:1:7: experiment grid is already in this run/,
    );
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cloudlet-plan-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const plan = (experiment: string, repeat = 1) =>
    readPlan({ experiments: [experiment], profile: "modern", repeat, seed: 1 }, folders);

  it("are taken by path", async () => {
    const path = join(folder, "mine.yaml");
    await writeFile(path, await readFile(join(folders.experiments, "smoke.yaml")));
    expect(idsOf((await plan(path)).plan)).toEqual(["bw60-rtt20-r1"]);
  });

  it("must be there, and be files", async () => {
    const absent = join(folder, "absent.yaml");
    expect((await failureFrom(plan(absent))).line).toBe(`${absent}: no such file → name a YAML file`);
    const directory = join(folder, "folder.yaml");
    await mkdir(directory);
    expect((await failureFrom(plan(directory))).line).toMatch(/folder\.yaml: not a regular file/);
    expect((await failureFrom(plan("/dev/zero"))).line).toMatch(/not a regular file/);
  });

  it("may not ask for more cells than anyone could carry out", async () => {
    const grid = await readFile(join(folders.experiments, "grid.yaml"), "utf8");
    const many = JSON.stringify(Array.from({ length: 400 }, (_, i) => i + 1));
    const path = join(folder, "many.yaml");
    await writeFile(path, grid.replace("[350, 175, 60]", many).replace("[20, 50, 100, 150]", many));
    expect((await failureFrom(plan(path))).line).toMatch(/many\.yaml:7:3: more than 100000 cells/);
  });
});

describe("the order of cells", () => {
  it("is that of the seed", async () => {
    const order = async (seed: number) =>
      idsOf((await shippedPlan({ experiments: ["grid"], repeat: 2, seed })).plan);
    expect(await order(7)).toEqual(await order(7));
    expect(await order(7)).not.toEqual(await order(8));
  });

  it("holds every point once in each block, whatever the seed", async () => {
    const { plan } = await shippedPlan({ experiments: ["grid"] });
    const points = idsOf(plan)
      .map((id) => id.replace(/-r1$/, ""))
      .sort();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SEED }), fc.integer({ min: 1, max: 4 }), (seed, repeat) => {
        const cells = expand({ experiments: plan.experiments, profile: plan.profile, repeat, seed });
        for (let block = 0; block < repeat; block++) {
          const ids = cells.slice(block * 12, block * 12 + 12).map(({ id }) => id);
          expect(ids.map((id) => id.replace(`-r${block + 1}`, "")).sort()).toEqual(points);
        }
        expect(new Set(cells.map((cell) => cell.seed)).size).toBe(cells.length);
      }),
    );
  });

  it("and what else runs change nothing about a cell's own seed", async () => {
    const seedOf = async (request: Parameters<typeof shippedPlan>[0]) =>
      (await shippedPlan(request)).plan.cells.find(
        ({ experiment, wan, repeat }) =>
          experiment === "grid" && wan.rateBps === 60e6 && wan.rttMs === 50 && repeat === 1,
      )?.seed;
    const seed = await seedOf({ experiments: ["grid"] });
    expect(await seedOf({ experiments: ["grid", "handover"], repeat: 3 })).toBe(seed);
    expect(await seedOf({ experiments: ["grid"], only: "bw=60,rtt=50" })).toBe(seed);
  });
});

describe("--only", () => {
  const only = (text: string) => shippedPlan({ experiments: ["grid"], only: text });

  it.each([
    ["bw=350,rtt=20", ["bw350-rtt20-r1"]],
    ["rtt=150", ["bw175-rtt150-r1", "bw350-rtt150-r1", "bw60-rtt150-r1"]],
    ["bw=60, bw=175, rtt=20", ["bw175-rtt20-r1", "bw60-rtt20-r1"]],
  ])("%s keeps what fits", async (text, ids) => {
    expect(idsOf((await only(text)).plan).sort()).toEqual(ids);
  });

  it.each([
    ["bw=351", "--only bw=351: no cell has bw=351 → bw can be 60, 175, 350"],
    ["bw=350,rtt=21", "--only bw=350,rtt=21: no cell has rtt=21 → rtt can be 20, 50, 100, 150"],
    ["", '--only : "" selects nothing → write it as bw=<Mbit/s>,rtt=<ms>, e.g. bw=350,rtt=20'],
    ["mem=1", '--only mem=1: "mem=1" selects nothing → write it as bw=<Mbit/s>,rtt=<ms>, e.g. bw=350,rtt=20'],
    [
      "constructor=1",
      '--only constructor=1: "constructor=1" selects nothing → write it as bw=<Mbit/s>,rtt=<ms>, e.g. bw=350,rtt=20',
    ],
  ])("%s fails with what there is", async (text, line) => {
    expect((await failureFrom(only(text))).line).toBe(line);
  });
});
