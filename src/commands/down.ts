import { Args, Flags } from "@oclif/core";
import { chooseRemoval, type KnownLab, knownLabs } from "../cli/lab-choice.js";
import { LabCommand } from "../cli/lab-command.js";
import { stateInWords } from "../cli/lab-report.js";
import { loadTestbeds } from "../cli/testbeds.js";
import { Failure } from "../failure.js";

interface Removed {
  readonly removed: readonly string[];
  /** What is still there, on machines that did not answer. */
  readonly forgotten: readonly string[];
}

export default class Down extends LabCommand {
  static override summary =
    "Remove a lab and whatever crashed runs have left behind: all of that, and nothing else.";
  static override description = [
    "Without ID: the only lab that is up. What was left behind by a process that is gone goes with it.",
    "A machine of a lab that does not answer keeps its part in the ledger, for another try; --forget gives it up.",
    "What a live process works on is never removed: it is named, with the process. To remove what is gone already is no error.",
  ].join("\n\n");
  static override examples = ["<%= config.bin %> down", "<%= config.bin %> down --all"];
  static override enableJsonFlag = true;
  static override args = { id: Args.string({ description: "Id of a lab or a run; `status` lists them." }) };
  static override flags = {
    all: Flags.boolean({ summary: "All labs, and all that was left behind." }),
    forget: Flags.boolean({
      summary: "Give up what is on machines that do not answer, and say what that is.",
    }),
  };

  override async run(): Promise<Removed> {
    const { args, flags } = await this.parse(Down);
    if (args.id !== undefined && flags.all) {
      throw new Failure("an id and --all say different things", { kind: "usage", mend: "give one of them" });
    }
    const known = await knownLabs(await loadTestbeds());
    const { remove, held } = chooseRemoval(known, { id: args.id, all: flags.all });
    const removed: string[] = [];
    const forgotten: string[] = [];
    // Removing half of it helps nobody, so Ctrl-C waits for the one that is under way.
    await this.interruptible(async (signal) => {
      for (const { labs, listing } of remove) {
        signal.throwIfAborted();
        const left = await labs.remove(listing.id, { forget: flags.forget });
        removed.push(listing.id);
        forgotten.push(...left);
        this.log(`removed ${listing.kind} ${listing.id} (${stateInWords(listing.state)})`);
        for (const each of left) this.log(`  forgotten, on ${each}`);
      }
    });
    const [first, ...rest] = held.map(heldFailure);
    if (first !== undefined) throw Failure.join([first, ...rest]);
    if (removed.length === 0)
      this.log(args.id === undefined ? nothingToRemove(known) : `${args.id} is not up`);
    return { removed, forgotten };
  }
}

const nothingToRemove = (known: readonly KnownLab[]): string =>
  known.length === 0
    ? "nothing is up"
    : `nothing to remove; ${known.map(({ listing }) => `${listing.id} is ${stateInWords(listing.state)}`).join(", ")}`;

const heldFailure = ({ listing }: KnownLab): Failure =>
  new Failure(`not removed: ${stateInWords(listing.state)}`, {
    kind: "environment",
    place: listing.id,
    mend: "end that process first; it clears up after itself",
  });
