import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { plainText } from "../cli/plain-text.js";
import { type Comparison, compareRuns, compareWithPaper } from "../compare/comparison.js";
import { comparisonCsv } from "../compare/csv.js";
import { demandKnown, failedGates, parseGate } from "../compare/gate.js";
import { markdown } from "../compare/markdown.js";
import { reportOf } from "../compare/report.js";
import { terminalLines } from "../compare/terminal.js";
import { Failure } from "../failure.js";
import { measureRun } from "../metric/measured-run.js";
import { loadPaper } from "../paper/paper.js";
import { openRecording } from "../record/read.js";

const formats = ["table", "csv", "markdown"] as const;

export default class Compare extends BaseCommand {
  static override summary = "Put a run beside the thesis, or beside another run.";
  static override description = [
    "With one folder, beside what the thesis printed; with two, beside the second as the reference, whichever testbeds made them. Ratio and residual of every point, mean absolute relative error and rank agreement of every metric, and each claim of the thesis's text with the numbers that decide it (docs/compare.md).",
    "Exit code 5: the comparison was made, and a --gate does not hold.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> compare runs/today",
    "<%= config.bin %> compare runs/simulated results/netns-grid-modern --format markdown",
    "<%= config.bin %> compare runs/today --gate 'totalMigrationTimeS<=10' --gate 'networkDowntimeMs<=35'",
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({ name: "DIR", required: true, description: "Folder of the run." }),
    reference: Args.string({
      name: "REFERENCE",
      description: "Folder of the run to compare it with; the thesis when left out.",
    }),
  };
  static override flags = {
    format: Flags.option({
      options: formats,
      default: "table" as const,
      summary: "What to write to standard output.",
      exclusive: ["json"],
    })(),
    gate: Flags.string({
      summary: "Fail when the mean absolute relative error of a metric is larger.",
      helpValue: "METRIC<=PERCENT",
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  override async run(): Promise<Comparison> {
    const { args, flags } = await this.parse(Compare);
    const gates = (flags.gate ?? []).map(parseGate);
    const comparison = await compare(args.dir, args.reference);
    demandKnown(gates, comparison);
    this.edge.stdout.write(this.jsonEnabled() ? "" : plainText(this.text(comparison, flags.format)));
    const [first, ...rest] = failedGates(gates, comparison);
    if (first === undefined) return comparison;
    // An error takes the place of the result, and the numbers are wanted with it.
    if (this.jsonEnabled()) this.logJson(comparison);
    throw Failure.join([first, ...rest]);
  }

  private text(comparison: Comparison, format: (typeof formats)[number]): string {
    switch (format) {
      case "table":
        return `${terminalLines(reportOf(comparison), this.edge.stdout.columns).join("\n")}\n`;
      case "csv":
        return comparisonCsv(comparison);
      case "markdown":
        return markdown(reportOf(comparison));
    }
  }
}

async function compare(dir: string, reference: string | undefined): Promise<Comparison> {
  const paper = await loadPaper();
  const run = await readRun(dir);
  const comparison =
    reference === undefined
      ? compareWithPaper(run, paper)
      : compareRuns(run, await readRun(reference), paper);
  if (comparison.metrics.length > 0) return comparison;
  throw new Failure(`no attested cell is in both ${dir} and ${reference ?? "the thesis"}`, {
    kind: "record",
    place: dir,
    mend: `${comparison.notes.join(" ")} Compare runs of the same experiments`,
  });
}

const readRun = async (dir: string) => ({ measured: await measureRun(await openRecording(dir)), dir });
