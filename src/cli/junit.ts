import type { CellRecord, RunRecord } from "../record/schema.js";
import { element, type XmlElement, xmlDocument } from "./xml.js";

/** What a test report is made of: the record of a run, ended or interrupted. */
export interface RecordedCells {
  readonly run: RunRecord;
  readonly cells: readonly CellRecord[];
  /** Ids of planned cells that have no record. */
  readonly notReached: readonly string[];
}

/**
 * A run as CI systems read it: JUnit XML as Jenkins' junit plugin has it (jenkinsci/xunit-plugin,
 * junit-10.xsd). One test case a cell; a failed or invalid cell is a failure of that type, and a cell that
 * an interrupted run did not get to is skipped.
 */
export function junitReport({ run, cells, notReached }: RecordedCells): string {
  const experiments = run.experiments.map(({ name }) => name);
  const counts = {
    tests: cells.length + notReached.length,
    failures: cells.filter(({ status }) => status !== "ok").length,
    errors: 0,
    time: seconds(cells.reduce((sum, { durationS }) => sum + durationS, 0)),
  };
  const skipped = notReached.length;
  const suite = element(
    "testsuite",
    { name: experiments.join(", "), ...counts, skipped, timestamp: run.startedAt.replace(/(\.\d+)?Z$/, "") },
    [
      element("properties", {}, properties(run)),
      ...cells.map(testCase),
      ...notReached.map((id) =>
        element("testcase", { classname: experimentOf(id, experiments), name: id, time: seconds(0) }, [
          element("skipped", { message: "the run was interrupted before this cell" }),
        ]),
      ),
    ],
  );
  return xmlDocument(element("testsuites", { name: "cloudlet", ...counts }, [suite]));
}

function properties({ testbed, profile, seed, runId, software }: RunRecord): XmlElement[] {
  const values = {
    run: runId,
    testbed: testbed.kind === "simulation" ? `${testbed.name} (simulated)` : testbed.name,
    profile: profile.name,
    seed: String(seed),
    version: software.version,
    commit: software.commit ?? "unknown",
  };
  return Object.entries(values).map(([name, value]) => element("property", { name, value }));
}

function testCase({ id, experiment, durationS, status, reasons }: CellRecord): XmlElement {
  const attributes = { classname: experiment, name: id, time: seconds(durationS) };
  if (status === "ok") return element("testcase", attributes);
  const [first = status] = reasons;
  return element("testcase", attributes, [
    element("failure", { message: first, type: status }, [reasons.join("\n")]),
  ]);
}

/** In a run of several experiments the id of a cell begins with its experiment's name. */
function experimentOf(id: string, experiments: readonly string[]): string {
  const fitting = experiments.filter((name) => id.startsWith(`${name}-`));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? experiments[0] ?? "";
}

const seconds = (value: number): string => value.toFixed(3);
