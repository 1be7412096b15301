import { Args, Errors } from "@oclif/core";
import { labFlag, LabCommand } from "../cli/lab-command.js";
import { Failure } from "../failure.js";
import { labMachines, type LabMachine } from "../testbed/standing-labs.js";

export default class Exec extends LabCommand {
  static override summary = "Run a command on one of a lab's machines, beside whatever else goes on there.";
  static override description = [
    "vm1 and vm2 are the cloudlets, vm4 the device, host the machine with the bridges: there the command has this terminal. vm3 is reached through its guest agent: no input, and the output comes when the command has ended.",
    "The exit code is the command's own.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> exec vm4 -- ping -c 3 10.1.1.15",
    "<%= config.bin %> exec vm3 -- ip mptcp endpoint",
    "<%= config.bin %> exec vm1 -- bash",
  ];
  static override usage = "exec MACHINE [--lab ID] -- COMMAND [ARGUMENT...]";
  static override strict = false;
  static override args = {
    machine: Args.custom<LabMachine>({ options: [...labMachines] })({
      required: true,
      description: "Where.",
    }),
    command: Args.string({ required: true, description: "What, with its arguments, after --." }),
  };
  static override flags = { lab: labFlag };

  override async run(): Promise<void> {
    const { args, argv, flags } = await this.parseWords();
    const [, file, ...rest] = argv as string[];
    if (file === undefined) throw new Failure("no command was given", { kind: "usage", mend: "see --help" });
    const { labs, listing } = await this.chooseLab(flags.lab);
    const { terminal } = this.edge;
    const execute = (signal: AbortSignal) =>
      labs.execute(listing.id, args.machine, [file, ...rest], { terminal, signal });
    // A command at the terminal hears of Ctrl-C itself and ends when it wants to.
    const exitCode =
      args.machine === "vm3"
        ? await this.interruptible(execute)
        : await execute(new AbortController().signal);
    if (exitCode !== 0) this.exit(exitCode);
  }

  private async parseWords() {
    try {
      return await this.parse(Exec);
    } catch (error) {
      // Most likely the command's own flags, taken for this one's.
      if (!(error instanceof Errors.CLIError) || this.argv.includes("--")) throw error;
      const [machine = "MACHINE", ...command] = this.argv;
      throw new Failure((error.message.split("\n")[0] ?? "").replace(/:$/, ""), {
        kind: "usage",
        mend: `the command stands after --, e.g. ${this.config.bin} exec ${machine} -- ${command.join(" ") || "COMMAND"}`,
        cause: error,
      });
    }
  }
}
