import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import type { Skipped } from "../derived/contract.js";
import { derive, writeDerived } from "../derived/derive.js";
import { measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";

export default class Figures extends BaseCommand {
  static override summary =
    "Make all that is derived of a finished run anew: figures, tables, comparison, report.";
  static override description =
    "Needs no root and no testbed. The record is checked first: a truncated, edited or unfinished one is refused, by the name of the file. The same record gives the same bytes: in DIR, figures/, comparison/, report.html and datapackage.json (docs/record.md).";
  static override examples = [
    "<%= config.bin %> figures results/netns-grid-modern",
    "<%= config.bin %> figures runs/today --json",
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({
      name: "DIR",
      required: true,
      description: "Folder of the run, which holds run.json.",
    }),
  };

  override async run(): Promise<{ dir: string; files: string[]; skipped: readonly Skipped[] }> {
    const { args } = await this.parse(Figures);
    const { dir } = args;
    const derived = await derive(await measureRun(await openRecording(dir)), dir);
    const files = await writeDerived(derived, dir);
    const { skipped } = derived;
    for (const file of files) this.log(file);
    for (const { id, reason } of skipped) this.log(`skipped ${id}: ${reason}`);
    return { dir, files, skipped };
  }
}
