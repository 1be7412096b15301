import type { Walk } from "../experiment/schema.js";
import { Failure } from "../failure.js";
import { localHost } from "../host/local-host.js";
import { type Counted, signalFindings } from "../probe/expected-signals.js";
import { decodeCommand, parseDecodedPacket, type Signalling, signallingOf } from "../probe/mptcp-signals.js";
import type { CapturedPackets } from "../record/packet-capture.js";
import { Listener } from "./flow/listener.js";

/** What a capture of the device is held against. */
interface Occasion {
  readonly walk: Walk;
  readonly counted: Counted;
  readonly isVm3: (address: string) => boolean;
  /** The device's wall clock when the cell began. */
  readonly epochUnixMs: number;
}

/** MPTCP's signals in a capture, and what is wrong with them, one line each. */
export interface WitnessedSignals {
  readonly signalling: Signalling;
  readonly findings: readonly string[];
}

/**
 * Decodes a capture on this machine and checks it. One that is not the whole of what crossed the device, or can't be
 * decoded, is a finding: nothing else of the cell is lost for it.
 */
export async function witnessSignals(
  captured: CapturedPackets,
  { walk, counted, isVm3, epochUnixMs }: Occasion,
): Promise<WitnessedSignals> {
  try {
    const signalling = await decode(captured, isVm3, epochUnixMs);
    return { signalling, findings: signalFindings(walk, signalling, counted) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { signalling: signallingOf([], isVm3, epochUnixMs), findings: [error.line] };
  }
}

/** @throws Failure that says why the capture tells nothing. */
async function decode(
  { path, dropped, complete }: CapturedPackets,
  isVm3: (address: string) => boolean,
  epochUnixMs: number,
): Promise<Signalling> {
  if (dropped > 0 || !complete) {
    const lack = complete ? `lacks ${dropped} packets` : "ended before the cell did";
    throw new Failure(`the capture ${lack}: its signals can't be counted`, {
      kind: "cell",
      mend: "stop what else keeps this machine busy, or lower the rates, then run the cell again",
    });
  }
  const decoding = new Listener(localHost.spawn(decodeCommand(path)), parseDecodedPacket);
  const { exitCode, stderr } = await decoding.ended;
  if (exitCode !== 0) {
    throw new Failure(`tshark could not decode the capture: ${stderr.trim().split("\n").at(-1) ?? ""}`, {
      kind: "environment",
      mend: "run: cloudlet setup",
    });
  }
  await decoding.stop();
  return signallingOf(decoding.kept, isVm3, epochUnixMs);
}
