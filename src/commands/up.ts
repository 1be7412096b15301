import { Args, Flags } from "@oclif/core";
import { labLike, labsOf } from "../cli/lab-choice.js";
import { LabCommand } from "../cli/lab-command.js";
import { interfaceLines, labLines, standsAlready } from "../cli/lab-report.js";
import { folders } from "../cli/package-folder.js";
import { runId } from "../cli/run-id.js";
import { loadTestbeds, testbedFlags, testbedOf } from "../cli/testbeds.js";
import { firstAsWritten } from "../cli/up-cell.js";
import { readPlan } from "../experiment/read-plan.js";
import { Claims } from "../host/claims.js";
import { demandReady } from "../run/readiness.js";
import { refuseCells } from "../run/run.js";
import type { LabDescription, StandingLab, StandingLabs } from "../testbed/standing-labs.js";

export default class Up extends LabCommand {
  static override summary =
    "Bring an experiment's machines up and leave them there, to work on step by step.";
  static override description = [
    "The machines are those of the experiment's first cell, as they are before its first slot: VM3 and the device on cloudlet 1, all links shaped, iperf3 listening in VM3.",
    "They stay until `down`. If this fails or is interrupted, nothing is left. Where such a lab is up already, it is described and left as it is.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> up",
    "<%= config.bin %> up smoke --profile modern",
    "<%= config.bin %> up grid --only bw=60,rtt=150",
  ];
  static override enableJsonFlag = true;
  static override args = {
    experiment: Args.string({ default: "handover", description: "Name or path of an experiment." }),
  };
  static override flags = {
    ...testbedFlags,
    profile: Flags.string({
      summary: "Knobs of network stack, link and hypervisor.",
      helpValue: "NAME|FILE",
      default: "thesis-2014",
    }),
    another: Flags.boolean({ summary: "Bring up one more beside a lab like it." }),
    only: Flags.string({
      summary: "The cell of these parameters instead of the first.",
      helpValue: "bw=MBIT,rtt=MS",
    }),
  };

  override async run(): Promise<LabDescription> {
    const { args, flags } = await this.parse(Up);
    const testbeds = await loadTestbeds();
    const { testbed, labs } = labsOf(
      testbeds,
      flags.testbed === undefined ? undefined : await testbedOf(testbeds, flags),
    );
    const seed = this.edge.randomSeed();
    const request = {
      experiments: [args.experiment],
      profile: flags.profile,
      only: flags.only,
      repeat: 1,
      seed,
    };
    const { plan, placeOf } = await readPlan(request, folders());
    const cell = firstAsWritten(plan);
    refuseCells({ cells: [cell], placeOf }, testbed);

    const standing = flags.another ? undefined : await labLike(cell, labs);
    if (standing !== undefined) {
      this.log(labLines(standing).join("\n"));
      this.log(standsAlready(standing, cell, this.config.bin).join("\n"));
      return standing;
    }
    return await this.interruptible(async (signal) => {
      await labs.removeLeftovers(this.note);
      await demandReady(testbed, signal);
      const id = runId(this.edge.randomSeed());
      const options = { runId: id, seed, signal, note: this.note };
      const bringUp = () => labs.up(cell, options);
      const claim = { testbed: testbed.name, labFolder: labs.folderOf(id), ...options };
      const share = testbed.share?.([cell]);
      const lab = await (share === undefined
        ? bringUp()
        : new Claims().claimForLab({ ...share, ...claim }, bringUp));
      const description = await this.describe(lab, labs, signal);
      this.log(labLines(description).join("\n"));
      this.log(interfaceLines("Table 4.5:", description.interfaces).join("\n"));
      this.log(this.whatNext(description).join("\n"));
      return description;
    });
  }

  /** Lets go of a lab that has come up; one that can't be described, or is wanted no more, is removed. */
  private async describe(lab: StandingLab, labs: StandingLabs, signal: AbortSignal): Promise<LabDescription> {
    const { id } = lab;
    try {
      await using described = lab;
      const description = await described.describe();
      signal.throwIfAborted();
      return description;
    } catch (error) {
      await labs.remove(id);
      throw error;
    }
  }

  private whatNext({ interfaces }: LabDescription): string[] {
    const { bin } = this.config;
    const [vm3] =
      interfaces.find(({ vm, state }) => vm === "VM3" && state === "UP")?.address?.split("/") ?? [];
    return [
      "Next, for instance:",
      `  ${bin} exec vm4 -- ping -c 3 ${vm3 ?? "ADDRESS"}   from the device to VM3`,
      `  ${bin} shape --rtt 100                   another link between the cloudlets`,
      `  ${bin} migrate                           VM3 alone to the other cloudlet; again: back`,
      `  ${bin} handover                          the whole handover of thesis section 4.5`,
      `  ${bin} down                              removes it all`,
    ];
  }
}
