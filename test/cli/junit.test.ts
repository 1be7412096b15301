import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOMParser, type Element, onErrorStopParsing } from "@xmldom/xmldom";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { junitReport } from "../../src/cli/junit.js";
import { JunitFile } from "../../src/cli/junit-file.js";
import { Failure } from "../../src/failure.js";
import { writeRecord } from "../derived/written-run.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";

function suiteOf(xml: string): Element {
  const document = new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, "text/xml");
  const [suite] = document.getElementsByTagName("testsuite");
  if (suite === undefined) throw new Error("no test suite");
  return suite;
}

const attributesOf = (element: Element) =>
  Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));

const elements = (parent: Element, name: string) => [...parent.getElementsByTagName(name)];

describe("the test report of a run", () => {
  const hostile = 'the link was "slow" & <late>\u001b[31m\nsecond line';
  const ok = syntheticCell({ bandwidthMbit: 350, rttMs: 20 }).record;
  const failed = {
    ...ok,
    id: "grid-bw60-rtt20-r1",
    status: "failed" as const,
    reasons: [hostile, "another"],
  };
  const invalid = {
    ...ok,
    id: "handover-bw350-rtt20-r1",
    experiment: "handover",
    status: "invalid" as const,
    reasons: ["its RTT was 30 ms"],
  };
  const xml = junitReport({
    run: syntheticRun("simulation"),
    cells: [ok, failed, invalid],
    notReached: ["grid-bw60-rtt50-r1"],
  });
  const suite = suiteOf(xml);
  const cases = elements(suite, "testcase");

  it("counts its cells", () => {
    expect(attributesOf(suite)).toMatchObject({
      tests: "4",
      failures: "2",
      errors: "0",
      skipped: "1",
      timestamp: "2024-05-01T12:00:00",
    });
  });

  it("has a test case a cell, by its experiment, with its time", () => {
    expect(cases.map((each) => [each.getAttribute("classname"), each.getAttribute("name")])).toEqual([
      ["grid", ok.id],
      ["grid", failed.id],
      ["handover", invalid.id],
      ["grid", "grid-bw60-rtt50-r1"],
    ]);
    expect(Number(cases[0]?.getAttribute("time"))).toBeCloseTo(ok.durationS, 3);
  });

  it("tells failed from invalid, with every reason, and what no interrupted run got to", () => {
    const outcomes = cases.map((each) =>
      [...each.childNodes]
        .filter((node): node is Element => node.nodeType === 1)
        .map((node) => [node.tagName, node.getAttribute("type"), node.textContent]),
    );
    expect(outcomes).toEqual([
      [],
      [["failure", "failed", 'the link was "slow" & <late>\ufffd[31m\nsecond line\nanother']],
      [["failure", "invalid", "its RTT was 30 ms"]],
      [["skipped", null, ""]],
    ]);
  });

  it("says what was run on what, and that a simulation is one", () => {
    const properties = elements(suite, "property").map((each) => [
      each.getAttribute("name"),
      each.getAttribute("value"),
    ]);
    expect(Object.fromEntries(properties)).toEqual({
      run: "synthetic-1",
      testbed: "sim (simulated)",
      profile: "thesis-2014",
      seed: "1",
      version: "0.1.0",
      commit: "0123456789abcdef",
    });
  });
});

describe("the file of --junit", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cloudlet-junit-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("has a test case for each cell that is recorded, and for each that the run did not get to", async () => {
    const dir = join(folder, "run");
    await writeRecord(dir, [{ bandwidthMbit: 350, rttMs: 20 }]);
    const path = join(folder, "reports/cloudlet.xml");
    const file = await JunitFile.at(path);
    file.note({ type: "repetition-added", repeat: 2, cells: ["grid-bw350-rtt20-r1", "grid-bw350-rtt20-r2"] });
    await file.write(dir);
    const [recorded, skipped] = elements(suiteOf(await readFile(path, "utf8")), "testcase");
    expect([recorded, skipped].map((each) => each?.getAttribute("name"))).toEqual([
      "grid-bw350-rtt20-r1",
      "grid-bw350-rtt20-r2",
    ]);
    expect(skipped?.getElementsByTagName("skipped")).toHaveLength(1);
    expect(await readdir(join(folder, "reports"))).toEqual(["cloudlet.xml"]);
  });

  it("is refused before the run where no file can be", async () => {
    await mkdir(join(folder, "taken"));
    await expect(JunitFile.at(join(folder, "taken"))).rejects.toThrow(Failure);
  });
});
