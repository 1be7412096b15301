import { aggregate } from "../../metric/aggregate.js";
import { printedValues } from "../../paper/paper.js";
import { rounded } from "../chart.js";
import { absent, type Figure } from "../contract.js";
import { bandwidthMbit, grid, NO_GRID } from "../grid.js";

/** Bandwidth × RTT in KiB, from the link as declared and as measured before the migration. */
const bdpKiB = (rateBps: number, rttMs: number) => (rateBps * (rttMs / 1000)) / 8 / 1024;

/**
 * Bandwidth-delay product of each point, and what equations 4.2 and 4.1 make of its migration: mean rate of the
 * stream, and the window that gives this rate over the RTT.
 */
export const figure: Figure = {
  id: "table-4-11",
  content(run) {
    const points = grid(run);
    if (points.length === 0) return absent(NO_GRID);
    return {
      kind: "table",
      columns: [
        "bandwidthMbit",
        "rttMs",
        "declaredKiB",
        "measuredKiB",
        "printedKiB",
        "averageRateMbit",
        "printedAverageRateMbit",
        "averageWindowKiB",
        "printedAverageWindowKB",
        "errata",
      ],
      rows: points.map((point) => {
        const at = { bandwidthMbit: bandwidthMbit(point), rttMs: point.rttMs };
        const here = (value: { bandwidthMbit?: number | undefined; rttMs?: number | undefined }) =>
          value.bandwidthMbit === at.bandwidthMbit && value.rttMs === at.rttMs;
        const printed = (metric: string) => printedValues(run.paper, metric).find(here)?.value ?? null;
        const link = point.ok[0]?.record.attestation?.before;
        const metrics = ["bandwidthDelayProductKiB", "migrationAverageWindowKiB"];
        const errata = run.paper.errata.filter(
          (erratum) => erratum.metric !== undefined && metrics.includes(erratum.metric) && here(erratum),
        );
        return [
          at.bandwidthMbit,
          at.rttMs,
          rounded(bdpKiB(point.rateBps, point.rttMs)),
          link === undefined ? null : rounded(bdpKiB(link.rateBps, link.rtt.meanMs)),
          printed("bandwidthDelayProductKiB"),
          rounded(aggregate(point, "migrationGoodputMbit")?.mean),
          printed("migrationGoodputMbit"),
          rounded(aggregate(point, "migrationAverageWindowKiB")?.mean),
          printed("migrationAverageWindowKiB"),
          errata.map(({ id, reason }) => `${id}: ${reason}`).join(" ") || null,
        ];
      }),
    };
  },
};
