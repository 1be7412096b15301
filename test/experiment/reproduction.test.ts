import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPlan } from "../../src/experiment/read-plan.js";
import { readReproduction, REPRODUCTION_FILE } from "../../src/experiment/reproduction.js";
import { folders, shippedPlan } from "../run/fixtures.js";
import { failureFrom } from "./failure-of.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-reproduction-"));
  for (const name of ["grid", "handover"]) await writeFile(join(folder, `${name}.yaml`), `name: ${name}\n`);
});
afterEach(() => rm(folder, { recursive: true }));

async function mistakesOf(text: string): Promise<string[]> {
  const file = join(folder, REPRODUCTION_FILE);
  await writeFile(file, text);
  const failure = await failureFrom(readReproduction(file));
  expect(failure.kind).toBe("usage");
  return failure.lines.map((line) => line.replaceAll(`${folder}/`, ""));
}

it("the shipped one names experiments that make a plan", async () => {
  const { experiments } = await readReproduction(join(folders.experiments, REPRODUCTION_FILE));
  expect(experiments).toEqual([
    "window",
    "baseline-throughput",
    "baseline-migration",
    "baseline-migration-loaded",
    "handover",
    "grid",
  ]);
  const { plan } = await shippedPlan({ experiments, profile: "thesis-2014" });
  expect(plan.cells).toHaveLength(6 + 1 + 1 + 1 + 1 + 12);
});

describe("mistakes are told with their place and a mend", () => {
  it.each<[string, string, string]>([
    [
      "an experiment that is not there",
      "title: t\nthesis: s\nexperiments: [grid, handovr]\n",
      'thesis.yaml:3:21: no experiment named "handovr" beside it → did you mean handover? there are: grid, handover',
    ],
    [
      "itself",
      "title: t\nthesis: s\nexperiments: [thesis]\n",
      'thesis.yaml:3:15: no experiment named "thesis" beside it → there are: grid, handover',
    ],
    [
      "a way out of the folder",
      "title: t\nthesis: s\nexperiments: [../grid]\n",
      'thesis.yaml:3:15: experiments[0] is "../grid" → write lower-case letters, digits and dashes only',
    ],
    [
      "one twice",
      "title: t\nthesis: s\nexperiments: [grid, grid]\n",
      'thesis.yaml:3:14: experiments is ["grid","grid"] → write each name once',
    ],
    [
      "none",
      "title: t\nthesis: s\nexperiments: []\n",
      "thesis.yaml:3:14: experiments is an empty list → write a list, values: at least 1",
    ],
    [
      "an unknown key",
      "title: t\nthesis: s\nexperiment: [grid]\n",
      "thesis.yaml:3:1: unknown key experiment → did you mean experiments?",
    ],
  ])("%s", async (_, text, line) => {
    expect(await mistakesOf(text)).toEqual([line]);
  });
});

it("it is no experiment to run by itself, and the way to run it is named", async () => {
  const failure = await failureFrom(
    readPlan({ experiments: ["thesis"], profile: "modern", repeat: 1, seed: 1 }, folders),
  );
  expect(failure.line).toMatch(/thesis\.yaml:5:1: it names experiments .* → .*cloudlet reproduce$/);
});
