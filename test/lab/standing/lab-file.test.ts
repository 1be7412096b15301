import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLabFile, writeLabFile, type LabFile } from "../../../src/lab/standing/lab-file.js";
import { aLabFile } from "./a-lab-file.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-lab-"));
});
afterEach(() => rm(dir, { recursive: true }));

it.each([
  ["handover", "modern"],
  ["handover", "thesis-2014"],
  ["baseline-migration", "modern"],
  ["window", "modern"],
])("gives a cell of %s with profile %s back as it was", async (experiment, profile) => {
  const file = await aLabFile("a1", profile, experiment);
  await writeLabFile(dir, file);
  expect(await readLabFile(dir)).toEqual(file);
});

it("is replaced whole", async () => {
  const file = await aLabFile("a1");
  await writeLabFile(dir, file);
  const moved: LabFile = {
    ...file,
    shapingGuest: null,
    vm3: { place: "vm2", guest: { dir: "/run/cloudlet/a1/vm3-2", pid: 9, startTicks: 90 }, generation: 2 },
  };
  await writeLabFile(dir, moved);
  expect(await readLabFile(dir)).toEqual(moved);
  expect(await readdir(dir)).toEqual(["lab.json"]);
});

it("is none where there is none, or one of another version, or half of one", async () => {
  expect(await readLabFile(dir)).toBeUndefined();
  const text = JSON.stringify(await aLabFile("a1"));
  for (const unreadable of [text.replace("cloudlet.lab/1", "cloudlet.lab/2"), text.slice(0, -20), "[]"]) {
    await writeFile(join(dir, "lab.json"), unreadable);
    expect(await readLabFile(dir), unreadable.slice(0, 40)).toBeUndefined();
  }
});
