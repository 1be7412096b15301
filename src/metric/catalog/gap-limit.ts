import type { Metric } from "../contract.js";
import { retransmissionLimitS, RTO_MAX_S } from "../retransmission-limit.js";

/**
 * How long the device may be without any network before its kernel drops the connection, by the limits that were in
 * force on it. Computed from them, not measured.
 *
 * With data unacknowledged TCP repeats it on the subflow that lost its network as long as net.ipv4.tcp_retries2 says;
 * MPTCP keeps the connection, which has no subflow then, for net.mptcp.close_timeout more. None in single-path mode, where
 * the device removes this subflow as it leaves: close_timeout does not seem to begin then (docs/outliving-a-walk.md).
 *
 * Bound: 60 s, as TCP gives up when its timer next expires, at most 120 s later; the value is the middle.
 */
export const metric: Metric = {
  id: "gapLimitS",
  title: "Gap that the device's kernel allows",
  unit: "s",
  source:
    "thesis 3.3.2, equation 3.5 (its RTO); Linux: ip-sysctl.rst, mptcp-sysctl.rst, net/mptcp/protocol.c",
  scenarios: ["device-handover"],
  compute({ record: { parameters, attestation } }) {
    const inForce = attestation?.before.sysctls?.vm4;
    const closeS = Number(inForce?.["net.mptcp.close_timeout"]);
    const retries = Number(inForce?.["net.ipv4.tcp_retries2"]);
    if (parameters.walk === undefined || Number.isNaN(closeS) || Number.isNaN(retries)) return undefined;
    const { mode, gapS, cellular } = parameters.walk;
    const neverWithoutNetwork = gapS < 0 || cellular !== undefined;
    if (neverWithoutNetwork || mode === "single-path") return undefined;
    return { value: retransmissionLimitS(retries) + RTO_MAX_S / 2 + closeS, errorBound: RTO_MAX_S / 2 };
  },
};
