import { type KnownLab, knownLabs } from "../cli/lab-choice.js";
import { LabCommand } from "../cli/lab-command.js";
import { interfaceLines, labLines, stateInWords } from "../cli/lab-report.js";
import { loadTestbeds } from "../cli/testbeds.js";
import { Failure } from "../failure.js";
import type { LabDescription, LabListing } from "../testbed/standing-labs.js";

interface Status extends LabListing {
  readonly testbed: string;
  /** null of a run, of what was left behind, and of a lab that changes while one looks or does not answer. */
  readonly lab: LabDescription | null;
  /** Why a lab on which nobody works can't be looked at, e.g. a machine of it that is gone. */
  readonly trouble: string | null;
}

export default class StatusCommand extends LabCommand {
  static override summary =
    "Say what labs and runs are on this machine, where VM3 and the device are, and how the links are shaped.";
  static override description =
    "Looks and takes nothing: a lab in use can be looked at too, though its guests are left alone meanwhile.";
  static override examples = ["<%= config.bin %> status", "<%= config.bin %> status --json"];
  static override enableJsonFlag = true;

  override async run(): Promise<readonly Status[]> {
    await this.parse(StatusCommand);
    const all: Status[] = [];
    for (const known of await knownLabs(await loadTestbeds())) {
      const status = await statusOf(known);
      all.push(status);
      this.log(this.lines(status).join("\n"));
    }
    if (all.length === 0) this.log(`nothing is up; bring a lab up: ${this.config.bin} up`);
    return all;
  }

  private lines({ id, kind, state, lab, trouble }: Status): string[] {
    const words = stateInWords(state);
    if (trouble !== null) return [`Lab ${id}: ${words}, but ${trouble}`];
    if (lab === null) {
      const mend = state.name === "abandoned" ? ` → ${this.config.bin} down ${id}` : "";
      return [`${kind === "lab" ? "Lab" : "Run"} ${id}: ${words}${mend}`];
    }
    return [
      ...labLines(lab),
      `  ${words}, up since ${lab.startedAt}`,
      ...interfaceLines("Interfaces:", lab.interfaces),
    ];
  }
}

async function statusOf({ testbed, labs, listing }: KnownLab): Promise<Status> {
  const known = { ...listing, testbed: testbed.name, trouble: null };
  if (listing.kind === "run" || listing.state.name === "abandoned") return { ...known, lab: null };
  try {
    return { ...known, lab: await labs.describe(listing.id) };
  } catch (error) {
    // It may be removed while one looks at it; a lab that nobody works on has no such excuse.
    if (listing.state.name !== "standing") return { ...known, lab: null };
    if (!(error instanceof Failure)) throw error;
    return { ...known, lab: null, trouble: error.line };
  }
}
