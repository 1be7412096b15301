import { Args, Flags } from "@oclif/core";
import { capacityOf } from "../address-plan/lease.js";
import { readAddressPlan } from "../address-plan/plan.js";
import { prefixText } from "../address-plan/prefix.js";
import { walk } from "../address-plan/walk.js";
import { BaseCommand } from "../cli/base-command.js";
import { columns } from "../cli/columns.js";

export default class Addresses extends BaseCommand {
  static override summary =
    "Check an address plan, and walk a device through it (thesis 3.2.1.1, Table 3.1).";
  static override description =
    "Devices have even addresses, VMs the next odd ones (docs/address-plan.md). Says how many pairs each cloudlet has; with --walk, the addresses and the roles of the VM's two interfaces at each step.";
  static override examples = [
    "<%= config.bin %> addresses experiments/address-plans/thesis.yaml",
    "<%= config.bin %> addresses experiments/address-plans/thesis.yaml --walk C1,C2,C3,C1",
  ];
  static override enableJsonFlag = true;
  static override args = {
    plan: Args.string({ name: "PLAN", required: true, description: "YAML file of the plan." }),
  };
  static override flags = {
    walk: Flags.string({
      summary: "Cloudlets in the order in which the device visits them.",
      helpValue: "C1,C2",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Addresses);
    const plan = await readAddressPlan(args.plan);
    const cloudlets = plan.cloudlets.map((cloudlet) => ({
      name: cloudlet.name,
      prefix: prefixText(cloudlet.prefix),
      pairs: capacityOf(cloudlet),
      taken: cloudlet.pairs.length,
    }));
    const steps = flags.walk === undefined ? [] : walk(plan, flags.walk.split(","));
    this.log(
      columns([
        ["cloudlet", "LAN", "pairs", "given out"],
        ...cloudlets.map(({ name, prefix, pairs, taken }) => [name, prefix, `${pairs}`, `${taken}`]),
      ]).join("\n"),
    );
    if (steps.length > 0) {
      this.log();
      this.log(
        columns([
          ["device at", "VM at", "device", "eth0", "", "eth1", "", "Table 3.1"],
          ...steps.map(({ deviceAt, vmAt, deviceAddress, eth0, eth1, row }) => [
            ...[deviceAt, vmAt, deviceAddress, row.eth0, eth0 ?? "", row.eth1, eth1 ?? "", row.operation],
          ]),
        ]).join("\n"),
      );
    }
    return { type: "addresses", cloudlets, steps };
  }
}
