/**
 * Three cloudlets in network namespaces keep their neighbour databases while links and cloudlets change; what the first
 * of them said of the others, as CSV and chart. As root, after `cloudlet setup`.
 *
 *   npx tsx bench/neighbour-database.ts
 */
import { mkdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import type { Chart, Point, Span } from "../src/figure/chart.js";
import { Renderer } from "../src/figure/renderer.js";
import { NEIGHBOUR_DAMPING } from "../src/neighbour/standing.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { type ObservedRound, type Played, playNeighbours } from "./neighbour-scenario.js";

const peers = ["C2", "C3"] as const;

const rounded = (value: number | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value.toFixed(3));

const csv = (rounds: readonly ObservedRound[]): string =>
  stringify([
    ["timeS", "phase", "peer", "state", "rttMs"],
    ...rounds.flatMap(({ timeS, phase, peers: seen }) =>
      peers.map((peer) => [
        rounded(timeS),
        phase,
        peer,
        seen[peer]?.state ?? "unknown",
        rounded(seen[peer]?.rttMs),
      ]),
    ),
  ]);

/** Stretches of rounds after which a peer was in the database. */
function spans(rounds: readonly ObservedRound[], peer: string): Span[] {
  const found: { label: string; from: number; to: number }[] = [];
  for (const [index, { timeS, peers: seen }] of rounds.entries()) {
    if (seen[peer]?.state !== "neighbour") continue;
    const open = found.at(-1);
    if (open !== undefined && rounds[index - 1]?.peers[peer]?.state === "neighbour") open.to = timeS;
    else found.push({ label: `${peer} is a neighbour`, from: timeS, to: timeS });
  }
  return found;
}

const curve = (rounds: readonly ObservedRound[], peer: string): Point[] =>
  rounds.map(({ timeS, peers: seen }) => ({ x: timeS, y: seen[peer]?.rttMs ?? null }));

function chartOf({ rounds, phases }: Played): Chart {
  const endS = rounds.at(-1)?.timeS ?? 0;
  const letter = (index: number) => String.fromCharCode("A".charCodeAt(0) + index);
  return {
    kind: "chart",
    thesis: "Section 3.4.4",
    title: "RTTs and neighbours of C1",
    x: { id: "timeS", title: "Time, s", scale: "linear" },
    y: { id: "rttMs", title: "Median RTT of a round, ms", scale: "linear" },
    slots: phases.map(({ startS }, index) => ({
      label: letter(index),
      from: startS,
      to: phases[index + 1]?.startS ?? endS,
    })),
    windows: peers.flatMap((peer, style) => spans(rounds, peer).map((span) => ({ ...span, style }))),
    series: [
      ...peers.map((peer, style) => ({
        kind: "measured" as const,
        label: peer,
        style,
        form: "curve" as const,
        points: curve(rounds, peer),
      })),
      {
        kind: "formula",
        label: `limit, ${NEIGHBOUR_DAMPING.limitMs} ms`,
        style: 2,
        form: "curve",
        points: [0, endS].map((x) => ({ x, y: NEIGHBOUR_DAMPING.limitMs })),
      },
    ],
    notes: [
      `${phases.map(({ name }, index) => `${letter(index)}: ${name}`).join(" · ")}. A round a second; in the thesis a minute.`,
    ],
  };
}

const out = join(import.meta.dirname, "../results/neighbours");
const played = await playNeighbours(`neighbours${process.pid}`, (message) => {
  process.stdout.write(`${message}\n`);
});
const chart = chartOf(played);
const caption = {
  origin: `Measured: network namespaces, links shaped  ·  n = 1  ·  ${new Date().toISOString().slice(0, 10)}`,
  simulated: false,
  provenance: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, node ${process.version}; bench/neighbour-database.ts.`,
};
const renderer = new Renderer();
await mkdir(out, { recursive: true });
await writeFileAtomically(join(out, "rounds.csv"), csv(played.rounds));
await writeFileAtomically(join(out, "rtt.png"), await renderer.png(chart, caption));
await writeFileAtomically(join(out, "rtt.svg"), renderer.svg(chart, caption));
