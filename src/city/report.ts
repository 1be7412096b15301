import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { stringify } from "csv-stringify/sync";
import type { Chart } from "../figure/chart.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import type { CityHour } from "./city.js";

export interface CityReport {
  readonly hours: readonly CityHour[];
  /** What the city was: devices, cloudlets, rate, seed; for the pictures. */
  readonly origin: string;
  /** The command that gives the same again. */
  readonly provenance: string;
}

const GIB = 2 ** 30;
const rounded = (value: number): number => Number(value.toPrecision(6));

/** One row a policy. */
export function policyRows(hours: readonly CityHour[]): (string | number)[][] {
  const header =
    "policy,handovers,migrations,newServices,cancelled,startedEarly,foreseen,meanMigrationS,wanGiB,wastedGiB,throughWanH,aboveCrispH,withoutServiceH,costPerUserS";
  return [
    header.split(","),
    ...hours.map((hour) => [
      hour.policy,
      ...[
        hour.handovers,
        hour.migrations,
        hour.newServices,
        hour.cancelled,
        hour.startedEarly,
        hour.foreseen,
      ],
      ...[hour.meanMigrationS, hour.wanBytes / GIB, hour.wastedBytes / GIB].map(rounded),
      ...[hour.throughWanS, hour.aboveCrispS, hour.withoutServiceS].map((seconds) => rounded(seconds / 3600)),
      rounded(hour.costS),
    ]),
  ];
}

/** One row a policy and minute. */
function minuteRows(hours: readonly CityHour[]): (string | number)[][] {
  return [
    ["policy", "minute", "costPerUserS", "migrationsUnderWay"],
    ...hours.flatMap(({ policy, minutes }) =>
      minutes.map(({ costS, underWay }, index) => [policy, index + 1, rounded(costS), underWay]),
    ),
  ];
}

/** Writes both tables and both charts into a folder. Returns the files. */
export async function writeCityReport(report: CityReport, dir: string): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  // Chart.js and Skia are large, and the hour is long over before they are needed.
  const { Renderer } = await import("../figure/renderer.js");
  const renderer = new Renderer();
  const caption = { origin: report.origin, simulated: true, provenance: report.provenance };
  const contents: [string, string | Uint8Array][] = [
    ["policies.csv", stringify(policyRows(report.hours))],
    ["minutes.csv", stringify(minuteRows(report.hours))],
  ];
  for (const [name, chart] of Object.entries(charts(report.hours))) {
    contents.push(
      [`${name}.png`, await renderer.png(chart, caption)],
      [`${name}.svg`, renderer.svg(chart, caption)],
    );
  }
  const files: string[] = [];
  for (const [name, content] of contents) {
    const file = join(dir, name);
    await writeFileAtomically(file, content);
    files.push(file);
  }
  return files;
}

function charts(hours: readonly CityHour[]): Record<string, Chart> {
  const over = (
    y: Chart["y"],
    title: string,
    notes: string[],
    value: (minute: CityHour["minutes"][number]) => number,
  ) =>
    ({
      kind: "chart",
      thesis: "Sections 4.7 and 5.1",
      title,
      x: { id: "minute", title: "Time, min", scale: "linear" },
      y,
      series: hours.map(({ policy, minutes }, style) => ({
        kind: "measured",
        label: policy,
        style,
        form: "curve",
        points: minutes.map((minute, index) => ({ x: index + 1, y: value(minute) })),
      })),
      slots: [],
      windows: [],
      notes,
    }) satisfies Chart;
  return {
    cost: over(
      { id: "costPerUserS", title: "Mean cost per user so far, seconds without service", scale: "linear" },
      "What a walk costs a user, by policy",
      ["Costs as docs/decision.md defines them."],
      ({ costS }) => costS,
    ),
    "under-way": over(
      { id: "migrationsUnderWay", title: "Migrations under way", scale: "linear" },
      "Migrations that share the WAN, by policy",
      ["At the end of each minute."],
      ({ underWay }) => underWay,
    ),
  };
}
