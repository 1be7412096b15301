import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { missingTestPackages } from "../cli/test-packages.js";
import { loadTestbeds, testbedFlags, testbedOf } from "../cli/testbeds.js";
import { installPackages } from "../host/apt.js";

export default class Setup extends BaseCommand {
  static override summary = "Install and build what a testbed needs on this machine.";
  static override description =
    "For netns and vagrant, as root: the distribution's packages that are missing (apt), and the guest image, built from Debian's packages; for vagrant the box as well. Done once; a second time it finds everything there.";
  static override examples = [
    "<%= config.bin %> setup",
    "<%= config.bin %> setup --rebuild",
    "<%= config.bin %> setup --tests",
  ];
  static override flags = {
    ...testbedFlags,
    testbed: Flags.string({
      summary: "Which testbed; `doctor` lists those there are.",
      helpValue: "NAME",
      default: "netns",
    }),
    rebuild: Flags.boolean({ summary: "Build the guest image again, from today's packages." }),
    tests: Flags.boolean({
      summary: "Set up every testbed, and install what only this project's tests need.",
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Setup);
    const testbeds = await loadTestbeds();
    const chosen = await testbedOf(testbeds, flags);
    const note = (message: string) => {
      this.log(message);
    };
    if (chosen.setUp === undefined) note(`${chosen.name} needs nothing on this machine.`);
    await this.interruptible(async (signal) => {
      for (const testbed of flags.tests ? testbeds : [chosen]) {
        await testbed.setUp?.({ rebuild: flags.rebuild, signal, note });
      }
      if (!flags.tests) return;
      await installPackages(this.edge.exec, await missingTestPackages(this.edge.exec), { signal, note });
    });
  }
}
