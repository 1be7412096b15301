import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import type { CommandLine, Exec, ExecOptions } from "../../src/host/process.js";
import { loadPaper } from "../../src/paper/paper.js";
import { parseHost } from "../../src/survey/hosts.js";
import { measureHost, type SurveyEdge } from "../../src/survey/measure.js";
import { surveyRecordSchema } from "../../src/survey/schema.js";
import { survey } from "../../src/survey/survey.js";
import { hostLine, hostRow, surveyCsv, surveyTable } from "../../src/survey/table.js";
import { demandNew, writeSurvey } from "../../src/survey/write.js";
import { failureFrom } from "../experiment/failure-of.js";
import { fixture } from "../fixtures/fixture.js";

const PING = fixture("ping-iputils-20221126-D-O-c-5.txt");
const IPERF = fixture("iperf3-3.12-client.json");
const REFUSED = fixture("iperf3-3.12-client-refused.json");
const NOW = "2026-01-31T12:00:00.000Z";
const paper = await loadPaper();
const software = { version: "0.0.0", commit: null };

type Answer = string | Error;

/** A machine whose programs answer what they once answered. */
function machine(
  answers: { readonly ping?: Answer; readonly iperf3?: Answer; readonly resolve?: Answer } = {},
) {
  const commands: { command: CommandLine; options: ExecOptions }[] = [];
  const answer = (text: Answer) => (text instanceof Error ? Promise.reject(text) : Promise.resolve(text));
  const exec: Exec = (command, options = {}) => {
    const [file, first] = command;
    if (first === "-V") return Promise.resolve("ping from iputils 20221126\nlibcap: yes");
    if (first === "--version") return Promise.resolve("iperf 3.12 (cJSON 1.7.15)\nLinux");
    commands.push({ command, options });
    return answer(file === "ping" ? (answers.ping ?? PING) : (answers.iperf3 ?? IPERF));
  };
  const controller = new AbortController();
  const edge: SurveyEdge = {
    exec,
    resolve: () => answer(answers.resolve ?? "192.0.2.7"),
    now: () => NOW,
    signal: controller.signal,
  };
  return { edge, commands, controller };
}

const failed = (message: string) => new Failure(message, { kind: "environment", place: "the command" });
const host = parseHost("iperf.eltel.net");

describe("measuring a host", () => {
  it("pings it and sends to it, both at the same address", async () => {
    const { edge, commands } = machine();
    const measured = await measureHost(host, edge);
    expect(measured).toMatchObject({ host: "iperf.eltel.net", port: 5201, address: "192.0.2.7", errors: [] });
    expect(measured.ping).toMatchObject({ sent: 5 });
    expect(measured.ping?.rttsMs).toHaveLength(5);
    expect(measured.iperf).toMatchObject({ receivedBytes: 2_111_569_920, receivedSeconds: 2.082467 });
    expect(measured.iperf?.intervals).toHaveLength(2);
    expect(commands.map(({ command }) => command.join(" "))).toEqual([
      "ping -n -D -O -c 10 -i 1 -W 5 -- 192.0.2.7",
      "iperf3 --client 192.0.2.7 --port 5201 --time 10 --interval 1 --connect-timeout 5000 --json",
    ]);
    expect(commands[1]?.options.timeoutMs, "a server that never answers ends").toBeGreaterThan(10_000);
  });

  it("says when its name does not resolve, and asks nothing more", async () => {
    const { edge, commands } = machine({
      resolve: Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" }),
    });
    const measured = await measureHost(host, edge);
    expect(measured).toMatchObject({ address: null, ping: null, iperf: null });
    expect(measured.errors).toEqual(["its name does not resolve (ENOTFOUND)"]);
    expect(commands).toEqual([]);
  });

  it("has the RTT of a host without an iperf3 server", async () => {
    const measured = await measureHost(host, machine({ iperf3: REFUSED }).edge);
    expect(measured.ping?.rttsMs).toHaveLength(5);
    expect(measured.iperf).toBeNull();
    expect(measured.errors).toEqual(["iperf3, port 5201: unable to connect to server: Connection refused"]);
  });

  it.each([
    [failed("took too long"), "iperf3, port 5201: took too long"],
    ["not JSON", "iperf3, port 5201: iperf3 did not answer in JSON"],
    ['{"start":{},"intervals":[],"end":{}}', "iperf3, port 5201: iperf3 reported no TCP test"],
    ['{"error":"error - the server is busy"}', "iperf3, port 5201: the server is busy"],
  ])("says why there is no throughput (%#)", async (iperf3, reason) => {
    expect((await measureHost(host, machine({ iperf3 }).edge)).errors).toEqual([reason]);
  });

  it("has the throughput of a host that answers no ping", async () => {
    const ping = fixture("ping-iputils-20221126-D-O-unreachable.txt");
    const measured = await measureHost(host, machine({ ping }).edge);
    expect(measured.ping).toBeNull();
    expect(measured.iperf).not.toBeNull();
    expect(measured.errors).toEqual(["ping: no reply to 5 requests"]);
  });

  it("says when there is no way to it", async () => {
    const ping = failed("ended with code 2: ping: connect: Network is unreachable");
    expect((await measureHost(host, machine({ ping, iperf3: REFUSED }).edge)).errors).toHaveLength(2);
  });

  it("ends at once when it is told to, whatever the program said to that", async () => {
    const { edge, controller } = machine({ ping: failed("interrupted") });
    const reason = new Error("Ctrl-C");
    controller.abort(reason);
    await expect(measureHost(host, edge)).rejects.toBe(reason);
  });
});

describe("a survey", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "cloudlet-survey-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("goes on after a host that can't be measured, and reports each as it is done", async () => {
    const { edge } = machine();
    const resolve = (name: string) =>
      name === "gone"
        ? Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" }))
        : Promise.resolve("::1");
    const lines: string[] = [];
    const record = await survey(
      ["gone", "iperf.eltel.net:80"].map(parseHost),
      software,
      { ...edge, resolve },
      (measured) => lines.push(hostLine(hostRow(measured, paper))),
    );
    expect(surveyRecordSchema.parse(record)).toEqual(record);
    expect(record.versions).toMatchObject({
      ping: "ping from iputils 20221126",
      iperf3: "iperf 3.12 (cJSON 1.7.15)",
    });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe("gone: its name does not resolve (ENOTFOUND)");
    expect(lines[1]).toMatch(/^iperf\.eltel\.net:80: RTT 0\.\d+ ± 0\.\d+ ms, TCP 8112 ± \d+ Mbit\/s$/);
  });

  it("does not begin without its programs", async () => {
    const missing = new Failure("iperf3 is not installed", {
      kind: "environment",
      mend: "run: cloudlet setup",
    });
    const { edge } = machine();
    const exec: Exec = (command) => (command[0] === "iperf3" ? Promise.reject(missing) : edge.exec(command));
    await expect(survey([host], software, { ...edge, exec }, () => undefined)).rejects.toBe(missing);
  });

  it("stands beside what the thesis printed, where it printed it", async () => {
    const { edge } = machine();
    const record = await survey([host, parseHost("mine.example")], software, edge, () => undefined);
    const rows = record.hosts.map((measured) => hostRow(measured, paper));
    const [titles, thesis, own] = surveyTable(rows);
    expect(titles?.slice(0, 4)).toEqual(["host", "RTT, ms", "n", "thesis"]);
    expect([thesis?.[2], thesis?.[3], thesis?.[6]]).toEqual(["5/5", "143", "12"]);
    expect([own?.[3], own?.[6]]).toEqual(["-", "-"]);

    const [line] = parse<Record<string, string>>(surveyCsv(rows), { columns: true });
    expect(line).toMatchObject({
      host: "iperf.eltel.net",
      location: "Saint Petersburg",
      rttN: "5",
      rttSent: "5",
      thesisRttMs: "143",
      throughputN: "2",
      retransmits: "9",
      thesisThroughputMbit: "12",
      errors: "",
    });
    // 2 111 569 920 bytes in 2.082467 s.
    expect(Number(line?.throughputMbit)).toBeCloseTo(8111.8, 1);
  });

  it("keeps the table a table: text that a spreadsheet would run is made plain", async () => {
    const { edge } = machine({ iperf3: '{"error":"=cmd|calc"}' });
    const measured = await measureHost({ ...host, location: "=1+1" }, edge);
    const [line] = parse<Record<string, string>>(surveyCsv([hostRow(measured, paper)]), { columns: true });
    expect(line?.location).toBe("'=1+1");
  });

  it("writes the table and then the record, and overwrites no other survey", async () => {
    const record = await survey([host], software, machine().edge, () => undefined);
    const out = join(dir, "new", "folder");
    await demandNew(out);
    const files = await writeSurvey(
      record,
      record.hosts.map((measured) => hostRow(measured, paper)),
      out,
    );
    expect(files).toEqual([join(out, "table-4-2.csv"), join(out, "survey.json")]);
    expect((await readdir(out)).sort()).toEqual(["survey.json", "table-4-2.csv"]);
    expect(JSON.parse(await readFile(join(out, "survey.json"), "utf8"))).toEqual(record);
    expect((await failureFrom(demandNew(out))).message).toBe("a survey is already here");
  });
});
