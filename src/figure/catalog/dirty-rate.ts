import { aggregate, type GridPoint } from "../../metric/aggregate.js";
import { barNotes, outcomeNotes } from "../cell-notes.js";
import { absent, type Absent, type Figure, type FigureSource } from "../contract.js";
import type { Chart, Point, Series } from "../chart.js";

/** What pre-copy has to outrun, which the thesis left idle: the rate at which VM3 writes its memory. */
export const figures: readonly Figure[] = [
  {
    id: "dirty-rate-time",
    settings: ["writing handover"],
    content: (run) =>
      overWriterRate(run, {
        metric: "totalMigrationTimeS",
        title: "Total migration time over the rate at which VM3 writes memory",
        y: "Total migration time, s",
      }),
  },
  {
    id: "dirty-rate-downtime",
    settings: ["writing handover"],
    content: (run) =>
      overWriterRate(run, {
        metric: "networkDowntimeCorrectedMs",
        title: "Network-layer downtime over the rate at which VM3 writes memory",
        y: "Network-layer downtime, corrected, ms",
      }),
  },
];

interface Declared {
  readonly metric: string;
  readonly title: string;
  readonly y: string;
}

function overWriterRate({ points }: FigureSource, { metric, title, y }: Declared): Chart | Absent {
  const writing = points.filter((point) => point.writerMiBPerS !== undefined && point.rateBps !== null);
  if (writing.length === 0)
    return absent("no cell has a process in VM3 that writes memory over a shaped link");
  const links = [...new Set(writing.map(linkOf))];
  const series = links.flatMap((label, style): Series[] => {
    const onLink = writing.filter((point) => linkOf(point) === label);
    const common = { style, form: "marks" as const };
    return [
      { ...common, kind: "measured", label, points: onLink.flatMap((point) => attested(point, metric)) },
      { ...common, kind: "invalid", label, points: onLink.flatMap((point) => others(point, metric)) },
    ];
  });
  const drawn = series.filter(({ points: marks }) => marks.length > 0);
  if (drawn.length === 0) return absent(`no cell has ${metric}`);
  const rates = writing.map(({ writerMiBPerS = 0 }) => writerMiBPerS);
  return {
    kind: "chart",
    thesis: "Beyond the thesis",
    title,
    x: {
      id: "writerMiBPerS",
      title: "Written in VM3, MiB/s",
      ticks: [...new Set([0, ...rates])].sort((a, b) => a - b),
      scale: "linear",
    },
    y: { id: metric, title: y, scale: "linear" },
    series: drawn,
    slots: [],
    windows: [],
    notes: [...workingSets(writing), ...barNotes(drawn), ...outcomeNotes(writing)],
  };
}

const linkOf = ({ rateBps, rttMs }: GridPoint): string => `${(rateBps ?? NaN) / 1e6} Mbit/s, ${rttMs} ms`;

function attested(point: GridPoint, metric: string): Point[] {
  const found = aggregate(point, metric);
  if (found === undefined) return [];
  const { mean, halfWidth, n } = found;
  return [{ x: point.writerMiBPerS ?? NaN, y: mean, low: mean - halfWidth, high: mean + halfWidth, n }];
}

const others = ({ invalid, writerMiBPerS = NaN }: GridPoint, metric: string): Point[] =>
  invalid.flatMap(({ metrics }) => {
    const found = metrics.get(metric);
    return found === undefined ? [] : [{ x: writerMiBPerS, y: found.value, n: 1 }];
  });

function workingSets(points: readonly GridPoint[]): string[] {
  const cells = points.flatMap(({ ok, invalid, failed }) => [...ok, ...invalid, ...failed]);
  const sets = cells.map(({ record }) => record.parameters.workload.writer?.workingSetMiB ?? 0);
  const least = Math.min(...sets);
  const most = Math.max(...sets);
  const used = least === most ? `${least} MiB` : `${least} to ${most} MiB`;
  return [`One process in VM3 writes the same ${used} over and over.`];
}
