import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { decodeSeries, encodeSeries } from "../../src/record/series-csv.js";

describe("series as CSV", () => {
  it("gives back any text and number", () => {
    const row = fc.record({
      tMs: fc.integer({ min: 0, max: 1e9 }).map((us) => us / 1000),
      established: fc.nat(9),
      paths: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(decodeSeries("subflow", encodeSeries("subflow", rows), "x")).toEqual(rows);
      }),
    );
  });

  it.each([
    ["address,sequence,sentMs,rttMs\nold,0,1,fast\n", 'ping.csv:2: rttMs can\'t be "fast"'],
    ["address,sequence,sentMs,rttMs\nold,0,1,\nnew,1,2,\n", 'ping.csv:3: address can\'t be "new"'],
    ["address,sequence,sentMs,rttMs\nold,,1,\n", 'ping.csv:2: sequence can\'t be ""'],
    ["address,sequence,rttMs,sentMs\n", "ping.csv:1: the columns must be address,sequence,sentMs,rttMs"],
    ["address,sequence,sentMs,rttMs\nold,0,1\n", "ping.csv: Invalid Record Length"],
  ])("names file, line and column of %j", (csv, line) => {
    const decode = () => decodeSeries("ping", csv, "ping.csv");
    expect(decode).toThrow(Failure);
    try {
      decode();
    } catch (error) {
      expect((error as Failure).line).toContain(line);
    }
  });
});
