import { labFlag, LabCommand } from "../cli/lab-command.js";
import { migrationLines } from "../cli/lab-report.js";
import { MigrationProgress } from "../cli/migration-progress.js";
import { ExitCode } from "../failure.js";
import type { MigrationOutcome } from "../record/schema.js";
import type { StandingLab } from "../testbed/standing-labs.js";

interface Migrated extends MigrationOutcome {
  readonly lab: string;
  /** Where VM3 is now. */
  readonly cloudlet: 1 | 2;
}

export default class Migrate extends LabCommand {
  static override summary = "Migrate a lab's VM3 to the other cloudlet; a second time, back again.";
  static override description = [
    "VM3 alone: the device stays where it is, and VM3 keeps its addresses, so that from the device it can't be reached until it is back. `handover` moves both.",
    "Exit code 4: the migration failed, for QEMU's reason; VM3 then runs on where it was.",
  ].join("\n\n");
  static override examples = ["<%= config.bin %> migrate", "<%= config.bin %> migrate --json"];
  static override enableJsonFlag = true;
  static override flags = { lab: labFlag };

  override async run(): Promise<Migrated> {
    const { flags } = await this.parse(Migrate);
    return await this.onLab(flags.lab, async (lab) => {
      const from = (await lab.describe()).vm3.cloudlet;
      const to = from === 1 ? 2 : 1;
      this.log(`Migrating VM3 from cloudlet ${from} to cloudlet ${to}`);
      const outcome = await this.migrate(lab);
      const { cloudlet } = (await lab.describe()).vm3;
      if (outcome.status === "completed") {
        this.log(`VM3 runs on cloudlet ${cloudlet}`);
        for (const line of migrationLines(outcome)) this.log(`  ${line}`);
      } else {
        this.log(`The migration ${outcome.status}: ${outcome.reason ?? "QEMU gives no reason"}`);
        this.log(`VM3 runs on at cloudlet ${cloudlet}`);
        process.exitCode = ExitCode.CellFailed;
      }
      return { lab: lab.id, cloudlet, ...outcome };
    });
  }

  private async migrate(lab: StandingLab): Promise<MigrationOutcome> {
    if (this.jsonEnabled()) return await lab.migrate(() => undefined);
    using progress = new MigrationProgress(this.edge.stdout, this.edge.clock);
    return await lab.migrate(progress.report);
  }
}
