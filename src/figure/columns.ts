import { handoverModeSchema } from "../experiment/schema.js";
import type { Column } from "../record/column.js";
import type { Metric } from "../metric/contract.js";
import type { Chart } from "./chart.js";

type Described = Omit<Column, "name">;

const text = (description: string) => ({ type: "string", description }) as const;
const count = (description: string) => ({ type: "integer", description }) as const;
const number = (unit: string | undefined, description: string): Described => ({
  type: "number",
  ...(unit === undefined ? {} : { unit }),
  description,
});
const orEmpty = (column: Described): Described => ({ ...column, optional: true });

/** Columns that are no metrics. A name means the same in every table. */
const columns: Readonly<Record<string, Described>> = {
  cell: text("Id of the cell, the name of its folder under cells/"),
  experiment: text("Name of the experiment"),
  bandwidthMbit: orEmpty(
    number("Mbit/s", "Rate of the link between the cloudlets as declared; empty: unshaped"),
  ),
  rttMs: number("ms", "Round-trip time added on this link as declared; 0 where it is unshaped"),
  mode: {
    ...orEmpty(text("MPTCP's handover mode (thesis 3.3.1); empty: the device did not move alone")),
    words: handoverModeSchema.options,
  },
  writerMiBPerS: orEmpty(
    number("MiB/s", "Rate at which a process in VM3 was asked to write its memory; empty: there was none"),
  ),
  gapS: orEmpty(
    number(
      "s",
      "Between the two Wi-Fi networks; below zero they overlap; empty: the device did not move alone",
    ),
  ),
  kind: {
    ...text("message: a packet; data: payload for a while; event: something that happened to one alone"),
    words: ["message", "data", "event"],
  },
  timeS: number("s", "When it was, since the first SYN"),
  timeSEnd: orEmpty(number("s", "When the last of the data left; empty: no data")),
  step: orEmpty(count("Number of the packet in the picture; empty: no packet")),
  from: text("Who sent it, or to whom it happened"),
  to: orEmpty(text("Who it was sent to; empty: nobody")),
  label: text("What it was"),
  repeat: count("Number of the repetition, from 1"),
  status: {
    ...text("ok: measured and attested; invalid: measured, but not as declared; failed: no result"),
    words: ["ok", "invalid", "failed"],
  },
  reasons: orEmpty(text("Why the cell is not ok")),
  metric: text("Id of the metric (docs/metrics.md)"),
  unit: orEmpty(text("Unit of the numbers in this row")),
  n: orEmpty(count("How many attested cells the number is the mean of")),
  invalid: count("Cells of this point that are measured, but not as declared: they enter no mean"),
  failed: count("Cells of this point that have no result"),
  mean: orEmpty(number(undefined, "Mean over the attested cells; empty: there is none")),
  median: orEmpty(number(undefined, "Median over the attested cells; empty: there is none")),
  halfWidth: orEmpty(number(undefined, "Half of the interval around the mean; empty: there is none")),
  interval: orEmpty({
    ...text(
      "t95: 95 % confidence interval of the mean, Student t; bound: the metric's own error bound, where n = 1 or the bound is larger; empty: there is none",
    ),
    words: ["t95", "bound"],
  }),
  halfWidth95: orEmpty(
    number(
      undefined,
      "Half of the 95 % confidence interval of the mean, Student t; empty with n < 2 or where the metric's own error bound is larger",
    ),
  ),
  printed: orEmpty(number(undefined, "What the thesis printed, in the same unit; empty: nothing")),
  ratio: orEmpty(number(undefined, "Measured over printed")),
  vm: text("VM3, which migrates, or VM4, the device"),
  interface: text("Name of its interface"),
  stateFound: text("State of the interface as found"),
  statePrinted: text("State of the interface as the thesis printed it"),
  addressFound: text("Address of the interface as found; NONE: it has none"),
  addressPrinted: text("Address of the interface as the thesis printed it; NONE: it has none"),
  agrees: { ...text("Whether state and address are those printed"), words: ["yes", "no"] },
  declaredKiB: orEmpty(number("KiB", "Bandwidth × RTT of the link as declared; empty: unshaped")),
  measuredKiB: orEmpty(
    number("KiB", "Bandwidth × RTT as attested before the migration; empty: not attested"),
  ),
  printedKiB: orEmpty(number("KiB", "Bandwidth × RTT as the thesis printed it; empty: nothing")),
  averageRateMbit: orEmpty(number("Mbit/s", "Mean rate of the migration stream, equation 4.2")),
  printedAverageRateMbit: orEmpty(number("Mbit/s", "The same as the thesis printed it")),
  averageWindowKiB: orEmpty(number("KiB", "Window that gives this rate over the RTT, equation 4.1")),
  printedAverageWindowKB: orEmpty(number("kB", "The same as the thesis printed it")),
  errata: orEmpty(text("Mistakes of the thesis in this row (src/paper/errata.yaml)")),
  between: text("The ends of the path"),
  load: text("What else ran during the migration"),
};

/** Columns of a table by their names. */
export function describedColumns(names: readonly string[], metrics: readonly Metric[]): Column[] {
  return names.map((name) => ({ name, ...(columns[name] ?? metricColumn(name, metrics)) }));
}

function metricColumn(name: string, metrics: readonly Metric[]): Described {
  const id = name.replace(/ErrorBound$/, "");
  const metric = metrics.find((known) => known.id === id);
  if (metric === undefined) throw new Error(`no description of column ${name} in src/figure/columns.ts`);
  const what = id === name ? metric.title : `Bound on the error of ${id}`;
  return orEmpty(number(metric.unit === "1" ? undefined : metric.unit, `${what}; empty: there is none`));
}

/** Columns of the CSV beside a chart, in the order of `chartRows`. */
export function chartColumns({ x, y }: Pick<Chart, "x" | "y">): Column[] {
  const onAxis = (axis: Chart["x"], name: string, what: string): Column => {
    const unit = unitOf(axis.title);
    return {
      name,
      type: "number",
      ...(unit === undefined ? {} : { unit }),
      description: what,
      optional: true,
    };
  };
  return [
    {
      name: "kind",
      ...text(
        "measured: attested cells of this run; invalid: cells that are not attested; paper: printed in the thesis; formula: no measurement; slot, window: a stretch of x",
      ),
    },
    { name: "label", ...orEmpty(text("The series, slot or window")) },
    x.places === undefined ? onAxis(x, x.id, x.title) : { name: x.id, ...orEmpty(text(x.title)) },
    onAxis(x, `${x.id}End`, "End of a slot or window on the same axis; empty: a point"),
    onAxis(y, y.id, y.title),
    onAxis(y, `${y.id}Low`, "Lower end of the error bar; empty: none"),
    onAxis(y, `${y.id}High`, "Upper end of the error bar; empty: none"),
    { name: "n", ...orEmpty(count("How many attested cells the point is the mean of; empty: a sample")) },
  ];
}

/** Axis titles end in their unit: `Throughput VM4 to VM3, Mbit/s`, `Time, s (migration starts at 10 s)`. */
const unitOf = (title: string): string | undefined => /, ([^\s,()]+)(?: \(.*\))?$/.exec(title)?.[1];
