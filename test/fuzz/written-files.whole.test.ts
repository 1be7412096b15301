import { mkdtempSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { readPlan } from "../../src/experiment/read-plan.js";
import { readReproduction } from "../../src/experiment/reproduction.js";
import { Failure } from "../../src/failure.js";
import { cellIdSchema } from "../../src/record/schema.js";
import { namedHosts } from "../../src/survey/hosts.js";
import { readMachines } from "../../src/testbed/vagrant/machines-file.js";
import { hostileYaml } from "./hostile-yaml.js";
import { holds } from "./property.js";

const shipped = join(import.meta.dirname, "../../experiments");
const folder = mkdtempSync(join(tmpdir(), "cloudlet-fuzz-"));
const file = join(folder, "x.yaml");
afterAll(() => rm(folder, { recursive: true }));

const textsOf = async (dir: string, chosen: (name: string) => boolean): Promise<string[]> => {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".yaml") && chosen(name));
  return await Promise.all(names.map((name) => readFile(join(dir, name), "utf8")));
};
const others = ["thesis.yaml", "survey.yaml"];
const experiments = await textsOf(shipped, (name) => !others.includes(name));
const profiles = await textsOf(join(shipped, "profiles"), () => true);
const machines = await textsOf(join(shipped, "machines"), () => true);
const [thesis, survey] = await Promise.all(others.map((name) => readFile(join(shipped, name), "utf8")));

/** Either what was meant, or everything that is wrong, each in one line with the place in this file. */
async function handled(read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe("usage");
    for (const { place, line } of [error, ...error.further]) {
      expect(place).toMatch(/^.*\/x\.yaml:\d+:\d+$/);
      expect(line).not.toMatch(/[\r\n]/);
    }
  }
  expect(await readdir(folder)).toEqual(["x.yaml"]);
}

const request = { experiments: ["smoke"], profile: "modern", repeat: 1, seed: 1 };
const folders = { experiments: shipped, profiles: join(shipped, "profiles") };

describe("whatever stands in it", () => {
  holds(
    "an experiment file is a plan or located mistakes",
    hostileYaml(experiments),
    async (bytes) => {
      await writeFile(file, bytes);
      await handled(async () => {
        const { plan } = await readPlan({ ...request, experiments: [file] }, folders);
        const ids = plan.cells.map(({ id }) => cellIdSchema.parse(id));
        expect(new Set(ids).size).toBe(ids.length);
      });
    },
    { cases: 2000 },
  );

  holds(
    "a profile file is a plan or located mistakes",
    hostileYaml(profiles),
    async (bytes) => {
      await writeFile(file, bytes);
      await handled(() => readPlan({ ...request, profile: file }, folders));
    },
    { cases: 2000 },
  );

  holds(
    "a machines file is machines or located mistakes",
    hostileYaml(machines),
    async (bytes) => {
      await writeFile(file, bytes);
      await handled(async () => {
        const read = (await readMachines(file, folder)).machines;
        if (read.kind === "vagrant") return;
        // What ends up on ssh's command line is never read as an option there, nor by a shell.
        for (const { address, user, interfaces } of [read.vm1, read.vm2, read.vm4])
          for (const word of [address, user, ...Object.values(interfaces)])
            expect(word).not.toMatch(/^-|[\s;|&$`'"\\/*?]/);
      });
    },
    { cases: 2000 },
  );

  holds(
    "a reproduction file is a list of experiments or located mistakes",
    hostileYaml([thesis ?? ""]),
    async (bytes) => {
      await writeFile(file, bytes);
      await handled(() => readReproduction(file));
    },
    { cases: 1000 },
  );

  holds(
    "a survey file is a list of hosts or located mistakes",
    hostileYaml([survey ?? ""]),
    async (bytes) => {
      await writeFile(file, bytes);
      await handled(() => namedHosts([file]));
    },
    { cases: 1000 },
  );
});
