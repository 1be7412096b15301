import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { type Readiness, readinessLines, readinessOf } from "../cli/readiness-report.js";
import { loadTestbeds, testbedFlags, testbedOf } from "../cli/testbeds.js";
import { ExitCode } from "../failure.js";

export default class Doctor extends BaseCommand {
  static override summary =
    "Say what each testbed needs, what is there, and the command that mends the rest.";
  static override description =
    "Exit code 0: the testbed named, or without a name the one that `run` would take, can be used; 3: it cannot.";
  static override examples = ["<%= config.bin %> doctor", "<%= config.bin %> doctor --testbed netns"];
  static override enableJsonFlag = true;
  static override flags = {
    ...testbedFlags,
    testbed: Flags.string({ summary: "Look at this testbed only.", helpValue: "NAME" }),
  };

  override async run(): Promise<readonly Readiness[]> {
    const { flags } = await this.parse(Doctor);
    const testbeds = await loadTestbeds();
    const chosen = await testbedOf(testbeds, flags);
    const shown = flags.testbed === undefined ? testbeds : [chosen];
    const all = await this.interruptible((signal) =>
      Promise.all(shown.map((testbed) => readinessOf(testbed, signal))),
    );
    for (const readiness of all) this.log(readinessLines(readiness).join("\n"));
    const usable = all.some(({ testbed, usable }) => testbed === chosen.name && usable);
    process.exitCode = usable ? ExitCode.Ok : ExitCode.Environment;
    return all;
  }
}
