import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { renderFigures, type SkippedFigure } from "../figure/render.js";
import { measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";

export default class Figures extends BaseCommand {
  static override summary = "Make every figure and table of a finished run anew from its record.";
  static override description =
    "Needs no root and no testbed. The record is checked first: a truncated, edited or unfinished one is refused, by the name of the file. The same record gives the same bytes, in DIR/figures.";
  static override examples = [
    "<%= config.bin %> figures results/grid-modern",
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

  override async run(): Promise<{ dir: string; files: string[]; skipped: SkippedFigure[] }> {
    const { args } = await this.parse(Figures);
    const skipped: SkippedFigure[] = [];
    const files = await renderFigures(await measureRun(await openRecording(args.dir)), args.dir, (figure) => {
      skipped.push(figure);
    });
    for (const file of files) this.log(file);
    for (const { id, reason } of skipped) this.log(`skipped ${id}: ${reason}`);
    return { dir: args.dir, files, skipped };
  }
}
