import { playHandover } from "../cli/handover-play.js";
import { labFlag, LabCommand } from "../cli/lab-command.js";
import { interfaceLines, metricLines } from "../cli/lab-report.js";
import { ExitCode } from "../failure.js";
import { loadMetrics, type MeasuredCell } from "../metric/compute.js";
import type { Estimate } from "../metric/contract.js";
import type { CellRecord } from "../record/schema.js";

interface HandedOver extends Pick<
  CellRecord,
  "status" | "reasons" | "tables" | "migration" | "attestation" | "evidence" | "events"
> {
  readonly lab: string;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

export default class Handover extends LabCommand {
  static override summary =
    "Carry out the handover of thesis section 4.5 on a lab, slots A to E, and measure it.";
  static override description = [
    "The device leaves cloudlet 1 and comes up on cloudlet 2 while it keeps one MPTCP connection to VM3, and VM3 migrates after it. Starts from the state that `up` leaves, and ends with both on cloudlet 2.",
    "Nothing is recorded: that is what `run` is for. Exit code 4: it failed, or the link or the connection was not as declared.",
  ].join("\n\n");
  static override examples = ["<%= config.bin %> handover"];
  static override enableJsonFlag = true;
  static override flags = { lab: labFlag };

  override async run(): Promise<HandedOver> {
    const { flags } = await this.parse(Handover);
    return await this.onLab(flags.lab, async (lab, _known, signal) => {
      const startMs = this.edge.clock.monotonicMs();
      const cell = await playHandover(lab, this.edge, signal, (step) => {
        const elapsedS = (this.edge.clock.monotonicMs() - startMs) / 1000;
        this.log(`${elapsedS.toFixed(1).padStart(6)} s  ${step}`);
      });
      await this.tell(cell);
      const { status, reasons, tables, migration, attestation, evidence, events } = cell.record;
      if (status !== "ok") process.exitCode = ExitCode.CellFailed;
      const metrics = Object.fromEntries(cell.metrics);
      return { lab: lab.id, status, reasons, tables, migration, metrics, attestation, evidence, events };
    });
  }

  private async tell({ record, metrics }: MeasuredCell): Promise<void> {
    for (const [number, rows] of Object.entries(record.tables)) {
      this.log(interfaceLines(`Table ${number}:`, rows).join("\n"));
    }
    this.log("Metrics:");
    for (const line of metricLines(await loadMetrics(), metrics)) this.log(`  ${line}`);
    this.log(`handover: ${record.status}`);
    for (const reason of record.reasons) this.log(`  ${record.status}: ${reason}`);
  }
}
