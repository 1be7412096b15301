import { isDeepStrictEqual } from "node:util";
import type { Cell } from "../experiment/plan.js";
import { Failure } from "../failure.js";
import type { Testbed } from "../testbed/contract.js";
import type { LabDescription, LabListing, StandingLabs } from "../testbed/standing-labs.js";

/** Something that a testbed has made on this machine, and the testbed that knows how to deal with it. */
export interface KnownLab {
  readonly testbed: Testbed;
  readonly labs: StandingLabs;
  readonly listing: LabListing;
}

/** All that the testbeds have made on this machine that is still there. */
export async function knownLabs(testbeds: readonly Testbed[]): Promise<KnownLab[]> {
  const found: KnownLab[] = [];
  for (const testbed of testbeds) {
    const { labs } = testbed;
    if (labs === undefined) continue;
    for (const listing of await labs.list()) found.push({ testbed, labs, listing });
  }
  return found;
}

/**
 * The labs of a testbed, or of the first that has any.
 *
 * @throws Failure (usage) for a testbed without machines.
 */
export function labsOf(
  testbeds: readonly Testbed[],
  testbed: Testbed | undefined,
): { testbed: Testbed; labs: StandingLabs } {
  for (const candidate of testbed === undefined ? testbeds : [testbed]) {
    if (candidate.labs !== undefined) return { testbed: candidate, labs: candidate.labs };
  }
  const able = testbeds.filter(({ labs }) => labs !== undefined).map(({ name }) => name);
  throw new Failure(`testbed ${testbed?.name ?? ""} has no machines that could stay up between commands`, {
    kind: "usage",
    place: "--testbed",
    mend: `use one that has: ${able.join(", ")}`,
  });
}

/**
 * A lab that was brought up for the same: experiment, every knob of the profile, VM3's size and access links. Its link
 * between the cloudlets may have been shaped since.
 */
export async function labLike(cell: Cell, labs: StandingLabs): Promise<LabDescription | undefined> {
  const essence = ({ experiment, profile, guest, access }: Cell) => [experiment, profile, guest, access];
  for (const { id, kind, state } of await labs.list()) {
    if (kind !== "lab" || state.name === "abandoned") continue;
    if (isDeepStrictEqual(essence(await labs.cellOf(id)), essence(cell))) return labs.describe(id);
  }
  return undefined;
}

/**
 * The lab to work on: the one of that id, or the only one that is up.
 *
 * @throws Failure (usage) when there is none, or more than one to choose from.
 */
export function chooseLab(known: readonly KnownLab[], id: string | undefined): KnownLab {
  const labs = known.filter(({ listing }) => listing.kind === "lab");
  if (id !== undefined) return named(known, labs, id);
  const usable = labs.filter(({ listing }) => listing.state.name !== "abandoned");
  const [lab, another] = usable;
  if (lab !== undefined && another === undefined) return lab;
  if (lab !== undefined) {
    throw new Failure(`${usable.length} labs are up`, {
      kind: "usage",
      mend: `name one: ${usable.map(({ listing }) => `--lab ${listing.id}`).join(", ")}`,
    });
  }
  const [abandoned] = labs;
  if (abandoned !== undefined) return demandUsable(abandoned);
  throw new Failure("no lab is up", { kind: "usage", mend: "bring one up: cloudlet up" });
}

function named(known: readonly KnownLab[], labs: readonly KnownLab[], id: string): KnownLab {
  const found = known.find(({ listing }) => listing.id === id);
  if (found?.listing.kind === "lab") return demandUsable(found);
  throw new Failure(found === undefined ? `there is no lab ${id}` : `${id} is no lab of cloudlet up`, {
    kind: "usage",
    place: "--lab",
    mend:
      labs.length === 0
        ? "bring one up: cloudlet up"
        : `there are: ${labs.map(({ listing }) => listing.id).join(", ")}`,
  });
}

function demandUsable(lab: KnownLab): KnownLab {
  const { id, state } = lab.listing;
  if (state.name !== "abandoned") return lab;
  throw new Failure(`the lab can't be worked on any more: ${state.reason}`, {
    kind: "environment",
    place: id,
    mend: `cloudlet down ${id}, then cloudlet up`,
  });
}

export interface Removal {
  readonly remove: readonly KnownLab[];
  /** Meant too, but a live process works on them. */
  readonly held: readonly KnownLab[];
}

/**
 * What `down` means: one by its id, or everything, or the only lab that is up together with whatever was
 * abandoned, since nobody will go on with that.
 *
 * @throws Failure (usage) when several labs are up and none was named.
 */
export function chooseRemoval(
  known: readonly KnownLab[],
  { id, all }: { readonly id: string | undefined; readonly all: boolean },
): Removal {
  if (id !== undefined) return split(known.filter(({ listing }) => listing.id === id));
  if (all) return split(known);
  const abandoned = known.filter(({ listing }) => listing.state.name === "abandoned");
  const up = known.filter(({ listing }) => listing.kind === "lab" && listing.state.name !== "abandoned");
  if (up.length > 1) {
    throw new Failure(`${up.length} labs are up`, {
      kind: "usage",
      mend: `name one: ${up.map(({ listing }) => `cloudlet down ${listing.id}`).join(", ")}; or cloudlet down --all`,
    });
  }
  return split([...up, ...abandoned]);
}

function split(meant: readonly KnownLab[]): Removal {
  return {
    remove: meant.filter(({ listing }) => listing.state.name !== "driven"),
    held: meant.filter(({ listing }) => listing.state.name === "driven"),
  };
}
