import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";
import { writeReport } from "../report/write.js";

export default class Report extends BaseCommand {
  static override summary = "Write the report of a finished run anew from its record, as one HTML file.";
  static override description =
    "DIR/report.html holds the figures, the comparison with the thesis, the attestation of every cell, one migration on one clock, and the provenance (docs/report.md). It opens from disk, without a network and without the rest of the folder. Needs no root and no testbed. The record is checked first: a truncated, edited or unfinished one is refused, by the name of the file. The same record gives the same bytes.";
  static override examples = [
    "<%= config.bin %> report results/netns-grid-modern",
    "<%= config.bin %> report runs/today --json",
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({
      name: "DIR",
      required: true,
      description: "Folder of the run, which holds run.json.",
    }),
  };

  override async run(): Promise<{ dir: string; file: string }> {
    const { args } = await this.parse(Report);
    const file = await writeReport(await measureRun(await openRecording(args.dir)), args.dir);
    this.log(file);
    return { dir: args.dir, file };
  }
}
