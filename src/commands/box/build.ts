import { BaseCommand } from "../../cli/base-command.js";
import { makeBox } from "../../testbed/vagrant/setup.js";

export default class BoxBuild extends BaseCommand {
  static override summary =
    "Build the box of the testbed vagrant from Debian's packages, and give it to Vagrant.";
  static override description =
    "As root. The box holds what VM1, VM2 and VM4 need, and the settings for this machine: KVM where a trial guest boots with it, software emulation elsewhere. `setup --testbed vagrant` does it once; this does it again, from today's packages.";
  static override examples = ["$ sudo <%= config.bin %> box build"];

  override async run(): Promise<void> {
    await this.parse(BoxBuild);
    const note = (message: string) => {
      this.log(message);
    };
    await this.interruptible((signal) => makeBox(this.edge.exec, { signal, note }));
  }
}
