import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { exportFlent, type FlentExport, flentFolder } from "../export/flent/write.js";

const formats = ["flent"] as const;

export default class Export extends BaseCommand {
  static override summary = "Write the cells of a finished run as files of another tool.";
  static override description =
    "flent: one data file a cell, which flent loads and plots, e.g. flent -i FILE -p all -o plot.png. Throughput and RTT over time, each as it was sampled and as means over steps of 0.1 s; what was not observed is null and nothing is interpolated (docs/interchange.md). Needs no root and no testbed. pandas reads the record's own series, DIR/cells/*/*.csv.gz, as they are.";
  static override examples = [
    "<%= config.bin %> export results/netns-grid-modern --format flent",
    "<%= config.bin %> export runs/today --format flent --only bw=350,rtt=20 --out runs/flent",
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({
      name: "DIR",
      required: true,
      description: "Folder of the run, which holds run.json.",
    }),
  };
  static override flags = {
    format: Flags.option({ options: formats, required: true, summary: "Whose files to write." })(),
    out: Flags.string({ summary: "Folder of the files; DIR-flent when left out.", helpValue: "DIR" }),
    only: Flags.string({ summary: "Cells of these parameters only.", helpValue: "bw=MBIT,rtt=MS" }),
  };

  override async run(): Promise<FlentExport & { dir: string }> {
    const { args, flags } = await this.parse(Export);
    const exported = await exportFlent(args.dir, flags.out ?? flentFolder(args.dir), flags.only);
    for (const file of exported.files) this.log(file);
    for (const cell of exported.skipped) this.log(`skipped ${cell}: it has no throughput and no RTT`);
    return { dir: args.dir, ...exported };
  }
}
