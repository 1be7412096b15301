import type { CellOf } from "../../experiment/plan.js";
import { attest } from "../attestation.js";
import type { Scenario } from "./contract.js";

/**
 * RTT and throughput of the paths themselves, flow by flow, with nothing else on them (thesis sections 3.4.4
 * and 4.4). Nothing moves.
 */
export const scenario: Scenario<CellOf<"throughput">> = {
  name: "throughput",

  async play({ session, signal, cell, step, observing }, findings) {
    const { flows } = cell.workload;
    const { pingS, iperfS } = cell.timeline;

    step("attesting the link");
    const before = await session.measureLink();
    findings.attestation = attest(cell, before, null);
    signal.throwIfAborted();

    for (const flow of flows) {
      step("measuring RTT");
      await observing(() => session.observeRtt(flow, pingS * 1000));
      signal.throwIfAborted();
      step("measuring throughput");
      await observing(() => session.observeThroughput(flow, iperfS * 1000));
      signal.throwIfAborted();
    }

    findings.observation = await session.finish();
    signal.throwIfAborted();
    step("attesting the link again");
    findings.attestation = attest(cell, before, await session.measureLink());
  },
};
