import type { CellOf } from "../../experiment/plan.js";
import { EventName, type LinkMeasurement } from "../../record/schema.js";
import { attest } from "../attestation.js";
import type { Findings, Scenario, Stage } from "./contract.js";
import { differences, NEXT_ADDRESS, type TableNumber } from "./interface-tables.js";

/**
 * The handover of thesis section 4.5, slots A to E: the device on cloudlet 1; away; on cloudlet 2 with its
 * traffic crossing the WAN; VM3 migrating after it; both on cloudlet 2. Slots last from the moment that
 * opens them, so that looking at interfaces does not stretch them.
 */
export const scenario: Scenario<CellOf<"handover">> = {
  name: "handover",

  async play(stage, findings) {
    const { session, signal, cell, step } = stage;
    const { timeline } = cell;

    step("attesting the link");
    const before = await session.measureLink();
    findings.attestation = attest(cell, before, null);
    signal.throwIfAborted();

    step("starting probes");
    await session.startProbes();

    step("slot A: on cloudlet 1");
    const attachedMs = session.nowMs();
    await takeTable("4.5", stage, findings);
    await waitUntil(attachedMs + timeline.attachedS * 1000, stage);

    step("slot B: away");
    const awayMs = session.nowMs();
    await session.detachDevice();
    await waitUntil(awayMs + timeline.awayS * 1000, stage);

    step("slot C: over the WAN");
    const overWanMs = session.nowMs();
    await session.attachDevice();
    await takeTable("4.6", stage, findings);
    await waitUntil(overWanMs + timeline.beforeMigrationS * 1000, stage);
    await adoptNextAddress(stage, findings);
    await takeTable("4.7", stage, findings);

    step("migrating");
    const outcome = await stage.observing(() => session.migrate());
    findings.migration = outcome;
    signal.throwIfAborted();

    if (outcome.status === "completed") {
      step("waiting for the new subflow");
      await stage.observing(() => session.completeHandover());
      const onCloudlet2Ms = session.nowMs();
      await takeTable("4.8", stage, findings);
      step("slot E: on cloudlet 2");
      await waitUntil(onCloudlet2Ms + timeline.afterS * 1000, stage);
    } else {
      findings.failed.push(`the migration ${outcome.status}: ${outcome.reason ?? "no reason given"}`);
    }

    await conclude(stage, findings, before);
    findings.failed.push(...whatStayedSilent(findings.observation));
  },
};

/**
 * A connection may have all its subflows and carry nothing: its data waits for a retransmission that does not come. Then it
 * has not been seen to outlive the handover.
 */
function whatStayedSilent(observation: Findings["observation"]): string[] {
  const joinedMs = observation?.events.find(({ name }) => name === EventName.SubflowJoined)?.tMs;
  const stoppedMs = observation?.events.find(({ name }) => name === EventName.ProbesStopped)?.tMs;
  if (observation === null || joinedMs === undefined || stoppedMs === undefined) return [];
  const slotE = observation.series.iperf.filter(
    ({ flow, startMs, endMs }) => flow === "device" && startMs >= joinedMs && endMs <= stoppedMs,
  );
  if (slotE.length === 0 || slotE.some(({ bytes }) => bytes > 0)) return [];
  return [
    "the device's flow carried nothing on cloudlet 2 (slot E): its connection was not seen to outlive the handover",
  ];
}

/** Stops the probes and measures the link once more, with nothing else on it. */
async function conclude(stage: Stage, findings: Findings, before: LinkMeasurement): Promise<void> {
  findings.observation = await stage.session.finish();
  stage.signal.throwIfAborted();
  stage.step("attesting the link again");
  findings.attestation = attest(stage.cell, before, await stage.session.measureLink());
}

async function waitUntil(tMs: number, { session, signal, observing }: Stage): Promise<void> {
  const leftMs = tMs - session.nowMs();
  if (leftMs > 0) await observing(() => session.wait(leftMs));
  signal.throwIfAborted();
}

async function takeTable(number: TableNumber, { session }: Stage, findings: Findings): Promise<void> {
  const found = await session.interfaces();
  findings.tables[number] = found;
  findings.invalid.push(...differences(number, found));
}

async function adoptNextAddress({ session }: Stage, findings: Findings): Promise<void> {
  const adopted = await session.adoptNextAddress();
  const [next] = NEXT_ADDRESS.split("/");
  if (adopted.split("/")[0] !== next) {
    findings.invalid.push(`VM3 took ${adopted} as its next address, not ${NEXT_ADDRESS} (thesis 3.2.1)`);
  }
}
