import type { Metric } from "../contract.js";
import { metric as migrationGoodput } from "./migration-goodput.js";

/** An Ethernet frame as tbf counts it (14 B header, 1500 B MTU), over its payload with TCP time stamps. */
const WIRE_PER_PAYLOAD = 1514 / 1448;

/**
 * Share of the shaped rate that the migration stream took: payload scaled onto the wire, over the rate of
 * the link between the cloudlets. Retransmissions and short segments are left out.
 *
 * Bound: that of the goodput, in proportion.
 */
export const metric: Metric = {
  id: "linkUtilisation",
  title: "Link utilisation by the migration stream",
  unit: "1",
  source: "tc-tbf(8): bytes with link-layer header; RFC 7323 for the 12 B time stamps",
  compute(cell) {
    const goodput = migrationGoodput.compute(cell);
    const { rateBps } = cell.record.parameters.wan;
    if (goodput === undefined || rateBps === null) return undefined;
    const perMbit = (WIRE_PER_PAYLOAD * 1e6) / rateBps;
    return { value: goodput.value * perMbit, errorBound: goodput.errorBound * perMbit };
  },
};
