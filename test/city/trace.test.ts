import { describe, expect, it } from "vitest";
import { readTrace, walksOfTrace } from "../../src/city/trace.js";
import { failureFrom, failureOf } from "../experiment/failure-of.js";

const header = "device,timeS,xM,yM\n";

describe("a trace of walks", () => {
  it("becomes legs by device, whichever way devices take turns", () => {
    const walks = walksOfTrace("walks.csv", `${header}a,0,0,0\nb,5,9,9\na,10,12,0\n`);
    expect([...walks.keys()]).toEqual(["a", "b"]);
    expect(walks.get("a")).toEqual([
      { startS: 0, endS: 0, fromX: 0, fromY: 0, toX: 0, toY: 0 },
      { startS: 0, endS: 10, fromX: 0, fromY: 0, toX: 12, toY: 0 },
    ]);
    expect(walks.get("b")).toEqual([{ startS: 0, endS: 5, fromX: 9, fromY: 9, toX: 9, toY: 9 }]);
  });

  it.each([
    ["a,0,0,0\na,10,1,1\na,9,2,2", 4, "time of a goes from 10 s back to 9 s"],
    ["a,0,0,0\na,0,1,1", 3, "time of a goes from 0 s back to 0 s"],
    ["a,-1,0,0", 2, 'timeS "-1" can\'t be taken'],
    ["a,0,here,0", 2, 'xM "here" can\'t be taken'],
    ["a,0,,0", 2, 'xM "" can\'t be taken'],
    ["a,0,0,0\n\nb,0,NaN,0", 4, 'xM "NaN" can\'t be taken'],
  ])("refuses %j at line %d", (rows, line, message) => {
    const failure = failureOf(() => walksOfTrace("walks.csv", header + rows));
    expect(failure).toMatchObject({ kind: "usage", place: `walks.csv:${line}` });
    expect(failure.message).toBe(message);
  });

  it.each([
    ["device,timeS,xM\na,0,0", "yM is missing"],
    ["", "no device in the trace"],
    ['device,timeS,xM,yM\na,"0,0,0', "not CSV"],
    [`${header}a,0,0,0,0`, "not CSV"],
  ])("refuses %j", (text, message) => {
    expect(failureOf(() => walksOfTrace("walks.csv", text)).message).toBe(message);
  });
});

it.each([
  ["is not there", "nosuch.csv", /no such file/],
  ["is a folder", ".", /EISDIR/],
])("refuses a file that %s", async (_, file, line) => {
  const failure = await failureFrom(readTrace(file));
  expect(failure.line).toMatch(line);
  expect(failure.kind).toBe("usage");
});
