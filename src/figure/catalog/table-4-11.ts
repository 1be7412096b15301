import { printedValues } from "../../paper/paper.js";
import { rounded } from "../chart.js";
import { absent, type Figure } from "../contract.js";
import { bandwidthMbit, grid } from "../grid.js";

/** Bandwidth × RTT in KiB, from the link as declared and as measured before the migration. */
const bdpKiB = (rateBps: number, rttMs: number) => (rateBps * (rttMs / 1000)) / 8 / 1024;

export const figure: Figure = {
  id: "table-4-11",
  content(run) {
    const printed = printedValues(run.paper, "bandwidthDelayProductKiB");
    const points = grid(run);
    if (points.length === 0) return absent("the recording has no cells");
    return {
      kind: "table",
      columns: ["bandwidthMbit", "rttMs", "declaredKiB", "measuredKiB", "printedKiB"],
      rows: points.map((point) => {
        const link = point.ok[0]?.record.attestation?.before;
        return [
          bandwidthMbit(point),
          point.rttMs,
          rounded(bdpKiB(point.rateBps, point.rttMs)),
          link === undefined ? null : rounded(bdpKiB(link.rateBps, link.rtt.meanMs)),
          printed.find((value) => value.bandwidthMbit === bandwidthMbit(point) && value.rttMs === point.rttMs)
            ?.value ?? null,
        ];
      }),
    };
  },
};
