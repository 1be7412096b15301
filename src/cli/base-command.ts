import { inspect } from "node:util";
import { Command, Errors, Flags, toConfiguredId } from "@oclif/core";
import { commandError } from "./command-error.js";
import { type Edge, hostEdge } from "./edge.js";
import { interruptible } from "./interruption.js";
import { plainJson, plainText } from "./plain-text.js";

/** What all commands share: how errors are told, how Ctrl-C ends them, and the edge to the machine. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    verbose: Flags.boolean({ summary: "Show the stack and the causes of an error.", helpGroup: "GLOBAL" }),
  };

  protected readonly edge: Edge = hostEdge;

  /** Runs something that Ctrl-C ends in good order. */
  protected interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return interruptible(this.edge, work);
  }

  /** One JSON text a line, for programs; oclif's own would be indented and coloured. */
  protected override logJson(json: unknown): void {
    this.edge.stdout.write(`${plainJson(json)}\n`);
  }

  // What is said may come from a record that anyone wrote.
  override log(message = ""): void {
    super.log(plainText(message));
  }

  // oclif would exit with 1 under --json, whatever the error says; so every error ends here.
  protected override catch(error: unknown): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const { exitCode, lines, json } = commandError(error, {
      command: `${this.config.bin} ${toConfiguredId(this.id ?? "", this.config)}`,
      flags: Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags }),
    });
    for (const line of lines) this.edge.stderr.write(`${plainText(line)}\n`);
    if (this.isVerbose()) this.edge.stderr.write(`${plainText(inspect(error))}\n`);
    if (this.jsonEnabled()) this.logJson({ type: "error", exitCode, ...json });
    return this.exit(exitCode);
  }

  // The flags may be what is wrong, so they are not parsed for this.
  private isVerbose(): boolean {
    return this.argv.includes("--verbose") || process.env.DEBUG !== undefined;
  }
}
