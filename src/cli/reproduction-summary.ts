import { join } from "node:path";
import type { Comparison } from "../compare/comparison.js";
import { agreementTable, claimTally, leftOutItems, type Block } from "../compare/report.js";
import { terminalLines } from "../compare/terminal.js";
import { FIGURES_FOLDER } from "../figure/render.js";
import { durationInWords } from "./duration.js";
import type { DerivedPaths } from "./json-stream.js";
import type { FinishedRun } from "./running-command.js";

interface Reproduction extends FinishedRun {
  readonly derived: DerivedPaths;
  readonly comparison: Comparison;
  readonly tookS: number;
}

/** For a person, at the end: how near the run came to the thesis in a few lines, and where everything is. */
export function reproductionLines(reproduction: Reproduction, columns: number): string[] {
  const { dir, measured, derived, comparison, tookS } = reproduction;
  const { run, cells } = measured;
  const { label } = comparison.run;
  const ids = derived.skipped.map(({ id }) => id).join(", ");
  const ok = cells.filter(({ record }) => record.status === "ok").length;
  const leftOut = leftOutItems(comparison);
  const broken = comparison.claims.flatMap(({ text, verdicts }) =>
    verdicts.some(({ side, verdict }) => side === label && verdict === "does not hold") ? [text] : [],
  );
  const blocks: Block[] = [
    {
      kind: "heading",
      level: 1,
      text: `The thesis on ${label}, profile ${run.profile.name}: ${ok} of ${cells.length} cells ok, ${durationInWords(tookS)}`,
    },
    {
      kind: "heading",
      level: 2,
      text: "Residuals against the thesis: mean of their absolute values, smallest and largest at Mbit/s × ms",
    },
    ...(comparison.metrics.length > 0
      ? [agreementTable(comparison.metrics)]
      : [{ kind: "list" as const, items: ["no attested cell that the thesis has, too"] }]),
    { kind: "heading", level: 2, text: `What its text says: ${claimTally(comparison)}` },
    ...(broken.length > 0
      ? [{ kind: "list" as const, items: broken.map((text) => `DOES NOT HOLD: ${text}`) }]
      : []),
    ...(leftOut.length > 0
      ? [
          { kind: "heading" as const, level: 2 as const, text: "Left out" },
          { kind: "list" as const, items: leftOut },
        ]
      : []),
  ];
  return [
    "",
    ...terminalLines(blocks, columns),
    "",
    `Record      ${dir} (seed ${run.seed})`,
    `Figures     ${derived.figures.length} files in ${join(dir, FIGURES_FOLDER)}`,
    ...(ids === "" ? [] : [`            not drawn, as this run has not the data: ${ids}`]),
    ...derived.comparison.map((path, index) => `${index === 0 ? "Comparison" : "          "}  ${path}`),
    `Report      ${derived.report}`,
    `Every point and every claim: cloudlet compare ${dir}`,
  ];
}
