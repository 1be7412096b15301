import { describe, expect, it } from "vitest";
import type { Walk } from "../../src/experiment/schema.js";
import { signalFindings } from "../../src/probe/expected-signals.js";
import { parseDecodedPacket, type Signalling, signallingOf } from "../../src/probe/mptcp-signals.js";
import { fixtureLines } from "../fixtures/fixture.js";

const captured = signallingOf(
  fixtureLines("tshark-4.0.17-fields-backup-overlap.tsv").flatMap((line) => parseDecodedPacket(line) ?? []),
  (address) => address === "10.1.1.15",
  0,
);
const walk: Walk = { mode: "backup", gapS: -2 };
/** What the device's kernel counted in the cell of this capture. */
const growth = {
  MPTcpExtMPCapableSYNTX: 2,
  MPTcpExtMPCapableSYNACKRX: 2,
  MPTcpExtMPJoinSynTx: 2,
  MPTcpExtMPJoinSynAckRx: 2,
  MPTcpExtRmAddrTx: 2,
  MPTcpExtMPPrioTx: 2,
};
const has = () => true;
const without = (signal: string): Signalling => ({
  ...captured,
  signals: captured.signals.filter((each) => each.signal !== signal),
});

describe("the signals of a walk", () => {
  it("agree with the kernel's counters in a real capture", () => {
    expect(signalFindings(walk, captured, { growth, has })).toEqual([]);
  });

  it.each(["MP_CAPABLE", "MP_JOIN", "REMOVE_ADDR", "MP_PRIO"])("are found to lack %s", (signal) => {
    const findings = signalFindings(walk, without(signal), { growth, has: () => false });
    expect(findings).not.toEqual([]);
    for (const line of findings) expect(line).toContain(`the capture has no ${signal}`);
  });

  it("need no REMOVE_ADDR in single-path mode, whose only path is gone, and no backup flag in full-MPTCP mode", () => {
    const counted = { growth, has: () => false };
    expect(signalFindings({ mode: "single-path", gapS: 5 }, without("REMOVE_ADDR"), counted)).toEqual([]);
    expect(signalFindings({ mode: "full", gapS: 5 }, without("MP_PRIO"), counted)).toEqual([]);
  });

  it("are found to differ from a counter, but not from one that the kernel lacks", () => {
    const counted = { ...growth, MPTcpExtMPPrioTx: 1 };
    expect(signalFindings(walk, captured, { growth: counted, has })).toEqual([
      "the capture has 2 MP_PRIO from device, the kernel's MPTcpExtMPPrioTx counted 1",
    ]);
    const hasNoPrio = (name: string) => name !== "MPTcpExtMPPrioTx";
    expect(signalFindings(walk, captured, { growth: counted, has: hasNoPrio })).toEqual([]);
  });

  it("may be fewer REMOVE_ADDRs than the kernel sent to an interface that was down, and not more", () => {
    const counting = (count: number) =>
      signalFindings(walk, captured, { growth: { ...growth, MPTcpExtRmAddrTx: count }, has });
    expect(counting(4)).toEqual([]);
    expect(counting(1)).toHaveLength(1);
  });

  it("may not have MP_FAIL, nor data without DSS", () => {
    const counts = { ...captured.counts, MP_FAIL: 1, DSS: 0 };
    expect(signalFindings(walk, { ...captured, counts }, { growth, has })).toEqual([
      "the capture has no DSS, although data flowed",
      "the capture has 1 MP_FAIL: a mapping was broken",
    ]);
  });
});
