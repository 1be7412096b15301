import { access, readdir } from "node:fs/promises";
import { extname } from "node:path";
import { Flags } from "@oclif/core";
import { nearestKey } from "../experiment/nearest-key.js";
import { Failure } from "../failure.js";
import type { Testbed } from "../testbed/contract.js";

/** Every testbed: each folder of src/testbed whose index exports one. */
export async function loadTestbeds(): Promise<Testbed[]> {
  const folder = new URL("../testbed/", import.meta.url);
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const loaded = await Promise.all(names.sort().map((name) => loadTestbed(new URL(`${name}/`, folder))));
  return loaded.flat();
}

async function loadTestbed(folder: URL): Promise<Testbed[]> {
  // Sources beside sources, built files beside built files.
  const index = new URL(`index${extname(import.meta.url)}`, folder);
  try {
    await access(index);
  } catch {
    return [];
  }
  const { testbed } = (await import(index.href)) as { testbed?: Testbed };
  return testbed === undefined ? [] : [testbed];
}

/** How commands that work on a testbed name it. */
export interface TestbedFlags {
  readonly testbed?: string | undefined;
  readonly machines?: string | undefined;
}

export const testbedFlags = {
  testbed: Flags.string({ summary: "Where to run; `doctor` lists those there are.", helpValue: "NAME" }),
  machines: Flags.string({
    summary:
      "Which machines, for a testbed that works on any: one of experiments/machines, or a file like it.",
    helpValue: "NAME|FILE",
  }),
};

/**
 * The testbed that the flags name, or the default one, on the machines that they name.
 *
 * @throws Failure (usage) when there is none, when it has no choice of machines, or for mistakes in their file.
 */
export async function testbedOf(
  testbeds: readonly Testbed[],
  { testbed: name, machines }: TestbedFlags,
): Promise<Testbed> {
  const testbed = chooseTestbed(testbeds, name);
  if (testbed.machines !== undefined) return testbed.machines.choose(machines ?? testbed.machines.usual);
  if (machines === undefined) return testbed;
  const able = testbeds.filter((each) => each.machines !== undefined).map((each) => each.name);
  throw new Failure(`testbed ${testbed.name} has no machines to choose from`, {
    kind: "usage",
    place: "--machines",
    mend: `leave it out, or add --testbed ${able.join(" or --testbed ")}`,
  });
}

/** In the order in which a command takes one that was given no name. */
const preferred = ["sim", "netns"];

/**
 * The testbed of that name, or the default one.
 *
 * @throws Failure (usage) that names those there are.
 */
export function chooseTestbed(testbeds: readonly Testbed[], name: string | undefined): Testbed {
  const wanted = name === undefined ? preferred : [name];
  for (const candidate of wanted) {
    const found = testbeds.find((testbed) => testbed.name === candidate);
    if (found !== undefined) return found;
  }
  const names = testbeds.map((testbed) => testbed.name);
  const nearest = name === undefined ? undefined : nearestKey(name, names);
  throw new Failure(`no testbed named ${JSON.stringify(name ?? preferred[0])}`, {
    kind: "usage",
    place: "--testbed",
    mend: `${nearest === undefined ? "" : `did you mean ${nearest}? `}there are: ${names.join(", ")}`,
  });
}
