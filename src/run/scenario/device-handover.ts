import type { CellOf } from "../../experiment/plan.js";
import type { HandoverMode } from "../../experiment/schema.js";
import type { DeviceNetworks, SubflowPriority } from "../../testbed/contract.js";
import { attest } from "../attestation.js";
import type { Scenario, Stage } from "./contract.js";

type WalkingCell = CellOf<"device-handover">;

/**
 * Handover of the device alone in one of MPTCP's modes (thesis 3.3): from one Wi-Fi network to the next, which
 * overlap or lie apart (Figs 3.4 and 3.5), with a 3G/4G network beside them or without (Fig. 3.7). VM3 stays at
 * cloudlet 1.
 */
export const scenario: Scenario<WalkingCell> = {
  name: "device-handover",

  async play(stage, findings) {
    const { session, signal, cell, step } = stage;

    step("attesting the link");
    const before = await session.measureLink();
    findings.attestation = attest(cell, before, null);
    signal.throwIfAborted();

    step("starting probes");
    await session.startProbes();
    await walk(stage);

    findings.observation = await session.finish();
    signal.throwIfAborted();
    step("attesting the link again");
    findings.attestation = attest(cell, before, await session.measureLink());
  },
};

async function walk(stage: Stage<WalkingCell>): Promise<void> {
  const { session, cell, step } = stage;
  const { mode, gapS, cellular } = cell.walk;
  const { networks } = session;
  if (networks === undefined) throw new Error("a testbed that moves no device did not refuse the cell");

  if (cellular !== undefined) {
    await networks.enter("cellular");
    if (mode !== "single-path") await networks.join("cellular", standbyPriority[mode]);
  }
  step("in the first Wi-Fi network");
  await pause(cell.timeline.attachedS, stage);
  step("between the Wi-Fi networks");
  if (gapS < 0) await crossOverlap(stage, networks);
  else await crossGap(stage, networks);
  step("in the second Wi-Fi network");
  await pause(cell.timeline.afterS, stage);
}

/** Of a subflow that is opened while another one carries the connection. */
const standbyPriority = { full: "regular", backup: "backup" } as const satisfies Record<
  Exclude<HandoverMode, "single-path">,
  SubflowPriority
>;

/** Both Wi-Fi networks are there for a while (Fig. 3.4). */
async function crossOverlap(stage: Stage<WalkingCell>, networks: DeviceNetworks): Promise<void> {
  const { mode, gapS } = stage.cell.walk;
  await networks.enter("wifi2");
  if (mode !== "single-path") await networks.join("wifi2", standbyPriority[mode]);
  await pause(-gapS, stage);
  await networks.leave("wifi1");
  if (mode === "single-path") {
    await networks.abandon("wifi1");
    await networks.join("wifi2", "regular");
    return;
  }
  await networks.withdraw("wifi1");
  if (mode === "backup") await networks.prioritise("wifi2", "regular");
}

/** One Wi-Fi network ends before the next begins (Fig. 3.5); 3G/4G, where there is any, carries on (Fig. 3.7). */
async function crossGap(stage: Stage<WalkingCell>, networks: DeviceNetworks): Promise<void> {
  const { mode, gapS, cellular } = stage.cell.walk;
  const sinceMs = stage.session.nowMs();
  await networks.leave("wifi1");
  if (mode === "single-path") {
    await networks.abandon("wifi1");
    if (cellular !== undefined) await networks.join("cellular", "regular");
  } else if (cellular !== undefined) {
    await networks.withdraw("wifi1");
  }
  await pause(gapS - (stage.session.nowMs() - sinceMs) / 1000, stage);
  await networks.enter("wifi2");
  if (mode === "single-path" && cellular !== undefined) await networks.abandon("cellular");
  await networks.join("wifi2", "regular");
  // Nothing but the new subflow could carry the news before.
  if (mode !== "single-path" && cellular === undefined) await networks.withdraw("wifi1");
}

async function pause(seconds: number, { session, signal, observing }: Stage): Promise<void> {
  if (seconds > 0) await observing(() => session.wait(seconds * 1000));
  signal.throwIfAborted();
}
