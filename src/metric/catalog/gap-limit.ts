import type { Walk } from "../../experiment/schema.js";
import type { Estimate, Metric } from "../contract.js";
import { retransmissionLimitS, RTO_MAX_S } from "../retransmission-limit.js";

/**
 * How long the device may be without any network before its kernel drops the connection, by the limits that were in
 * force on it. Computed from them, not measured.
 *
 * In single-path mode the device removes its only subflow as it leaves: MPTCP keeps a connection without subflows for
 * net.mptcp.close_timeout. Otherwise the subflow stays, and with data unacknowledged TCP repeats it as long as
 * net.ipv4.tcp_retries2 says; only then does close_timeout begin.
 *
 * Bound: 0 of the first, which is a setting. Of the second 60 s: TCP gives up when its timer next expires, at most 120 s
 * later; the value is the middle.
 */
export const metric: Metric = {
  id: "gapLimitS",
  title: "Gap that the device's kernel allows",
  unit: "s",
  source: "thesis 3.3.2, equation 3.5 (its RTO); Linux: ip-sysctl.rst, mptcp-sysctl.rst",
  scenarios: ["device-handover"],
  compute({ record: { parameters, attestation } }) {
    const inForce = attestation?.before.sysctls?.vm4;
    const closeS = Number(inForce?.["net.mptcp.close_timeout"]);
    const retries = Number(inForce?.["net.ipv4.tcp_retries2"]);
    if (parameters.walk === undefined || Number.isNaN(closeS) || Number.isNaN(retries)) return undefined;
    return limitOf(parameters.walk, closeS, retries);
  },
};

function limitOf({ mode, gapS, cellular }: Walk, closeS: number, retries: number): Estimate | undefined {
  // Never without a network.
  if (gapS < 0 || cellular !== undefined) return undefined;
  if (mode === "single-path") return { value: closeS, errorBound: 0 };
  return { value: retransmissionLimitS(retries) + RTO_MAX_S / 2 + closeS, errorBound: RTO_MAX_S / 2 };
}
