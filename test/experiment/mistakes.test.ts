import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document, isMap } from "yaml";
import { validate } from "../../src/experiment/mistakes.js";
import { type Experiment, experimentSchema } from "../../src/experiment/schema.js";
import { parseYaml } from "../../src/experiment/yaml-source.js";
import { Failure } from "../../src/failure.js";
import { failureOf } from "./failure-of.js";

const valid = await readFile(new URL("../../experiments/grid.yaml", import.meta.url), "utf8");

function read(text: string): Experiment {
  const source = parseYaml("x.yaml", Buffer.from(text));
  return validate(experimentSchema, source.value, source);
}

/** The failure lines after one edit of a valid experiment. */
function linesAfter(from: string, to: string): string[] {
  expect(valid).toContain(from);
  return failureOf(() => read(valid.replace(from, to))).lines;
}

describe("an experiment file", () => {
  it("is read when it is right", () => {
    expect(read(valid)).toMatchObject({ name: "grid", wan: { bandwidthMbit: [350, 175, 60] } });
  });

  it.each<[string, string, string, string]>([
    [
      "a bandwidth of -1",
      "[350, 175, 60]",
      "[350, -1, 60]",
      "x.yaml:7:24: wan.bandwidthMbit[1] is -1 → write a number, more than 0",
    ],
    [
      "a bandwidth as text",
      "[350, 175, 60]",
      "fast",
      'x.yaml:7:18: wan.bandwidthMbit is "fast" → write a number or a list',
    ],
    [
      "an unknown scenario",
      "scenario: handover",
      "scenario: hand",
      'x.yaml:4:11: scenario is "hand" → write handover, throughput or device-handover',
    ],
    [
      "a slot of another scenario",
      "scenario: handover",
      "scenario: throughput",
      "x.yaml:20:3: unknown key timeline.awayS → known here: pingS, iperfS",
    ],
    [
      "a link that is neither shaped nor unshaped",
      "access: { bandwidthMbit: 100, rttMs: 2 }",
      "access: none",
      'x.yaml:9:9: access is "none" → write a mapping of keys to values or unshaped',
    ],
    ["a misspelt key", "rttMs: [", "rttMS: [", "x.yaml:8:3: unknown key wan.rttMS → did you mean rttMs?"],
    [
      "a key without its unit",
      "memoryMiB",
      "memory",
      "x.yaml:11:10: unknown key guest.memory → did you mean memoryMiB?",
    ],
    [
      "a key that nothing resembles",
      "access: {",
      "access: { colour: 1,",
      "x.yaml:9:11: unknown key access.colour → known here: bandwidthMbit, rttMs",
    ],
    [
      "a key that would break the line",
      "access: {",
      'access: { "a\\nb c": 1,',
      'x.yaml:9:11: unknown key access."a\\nb c" → known here: bandwidthMbit, rttMs',
    ],
    ["a missing key", ", rttMs: 2 }", " }", "x.yaml:9:1: access.rttMs is missing → write a number"],
    ["half a processor", "vcpus: 1", "vcpus: 1.5", "x.yaml:11:34: guest.vcpus is 1.5 → write a whole number"],
    [
      "more memory in use than there is",
      "usedMiB: 263",
      "usedMiB: 2048",
      "x.yaml:11:46: guest.usedMiB is 2048 → write less than guest.memoryMiB",
    ],
    [
      "a value listed twice",
      "[350, 175, 60]",
      "[350, 350]",
      "x.yaml:7:18: wan.bandwidthMbit is [350,350] → write each value once",
    ],
    [
      "an empty list",
      "[350, 175, 60]",
      "[]",
      "x.yaml:7:18: wan.bandwidthMbit is an empty list → write a list, values: at least 1",
    ],
    [
      "infinity",
      "[350, 175, 60]",
      ".inf",
      "x.yaml:7:18: wan.bandwidthMbit is Infinity → write a number or a list",
    ],
  ])("tells of %s", (_, from, to, line) => {
    expect(linesAfter(from, to)).toContain(line);
  });

  it("tells of a misspelt key in one line, not of the right one as missing too", () => {
    expect(linesAfter("rttMs: [", "rttMS: [")).toHaveLength(1);
  });

  it("lists every mistake in the order of the file", () => {
    const lines = failureOf(() =>
      read(
        valid
          .replace("vcpus: 1", "vcpus: 0")
          .replace("afterS: 5", "after: 5")
          .replace("name: grid", "name: The Grid"),
      ),
    ).lines;
    expect(lines.map((line) => line.split(": ")[0])).toEqual(["x.yaml:1:7", "x.yaml:11:34", "x.yaml:22:3"]);
  });

  it("gives an experiment or located Failures for any values in any places", () => {
    const paths = fc.constantFrom(
      ...[
        ["name"],
        ["wan"],
        ["wan", "rttMs"],
        ["guest", "usedMiB"],
        ["timeline", "awayS"],
        ["extra"],
        ["guest", "extra"],
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(paths, fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 }), (edits) => {
        const document = new Document(parseYaml("x.yaml", Buffer.from(valid)).value);
        for (const [path, value] of edits) {
          if (path.length === 1 || isMap(document.getIn(path.slice(0, -1))))
            document.setIn(path, document.createNode(value));
        }
        try {
          read(String(document));
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          for (const line of (error as Failure).lines) expect(line).toMatch(/^x\.yaml:\d+:\d+: .+ → .+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
