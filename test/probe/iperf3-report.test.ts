import { describe, expect, it } from "vitest";
import { parseIperfReport } from "../../src/probe/iperf3-report.js";
import { fixture } from "../fixtures/fixture.js";

describe("parseIperfReport", () => {
  it.each(["3.9", "3.12", "3.18"])("reads what iperf3 %s reports", (version) => {
    const text = fixture(`iperf3-${version}-client.json`);
    const { end } = JSON.parse(text) as { end: Record<string, { bytes: number; retransmits?: number }> };
    const report = parseIperfReport(text);
    if ("error" in report) throw new Error(report.error);
    expect(report.receivedBytes).toBe(end.sum_received?.bytes);
    expect(report.retransmits).toBe(end.sum_sent?.retransmits);
    expect(report.intervals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(end.sum_sent?.bytes);
  });

  it.each(["3.12", "3.18"])("says in the words of iperf3 %s why there is none", (version) => {
    expect(parseIperfReport(fixture(`iperf3-${version}-client-refused.json`))).toEqual({
      error: expect.stringMatching(/^unable to connect to server.*: Connection refused$/) as string,
    });
  });

  it("says of iperf3 3.9, whose JSON gives no reason, that there was no test", () => {
    expect(parseIperfReport(fixture("iperf3-3.9-client-refused.json"))).toEqual({
      error: "iperf3 reported no TCP test",
    });
  });

  it.each(["2.0.14", "2.1.8", "2.2.1"])(
    "names iperf %s, which answers in text whatever it is asked",
    (version) => {
      expect(parseIperfReport(fixture(`iperf-${version}-client.txt`))).toEqual({
        error: "iperf 2 answered, not iperf3",
      });
    },
  );
});
