import { mkdirSync, mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect } from "vitest";
import { repeatOf } from "../../src/cli/until-ci.js";
import { parseGate } from "../../src/compare/gate.js";
import { select } from "../../src/experiment/selection.js";
import { Failure } from "../../src/failure.js";
import { Ledger } from "../../src/host/ledger.js";
import { parseHost } from "../../src/survey/hosts.js";
import { readLabFile } from "../../src/lab/standing/lab-file.js";
import { aLabFile } from "../lab/standing/a-lab-file.js";
import { hostileText } from "./hostile.js";
import { hostileJson, hostileOutput } from "./hostile-output.js";
import { holds } from "./property.js";

const folder = mkdtempSync(join(tmpdir(), "cloudlet-fuzz-"));
afterAll(() => rm(folder, { recursive: true }));

/** A value, or one line that says what to write instead. */
function understood(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe("usage");
    expect(error.mend).toBeDefined();
    expect(error.line).not.toMatch(/[\r\n]/);
  }
}

const lab = JSON.stringify(await aLabFile("1lab"));
const cells = [350, 60].map((mbit) => ({ wan: { rateBps: mbit * 1e6, rttMs: 20 } }));
const word = (...real: readonly string[]) =>
  fc.oneof(fc.constantFrom(...real), hostileOutput(...real), hostileText);

describe("whatever is written on the command line", () => {
  holds(
    "a selection, a gate, a share and a host are themselves or a usage error",
    word("bw=350,rtt=20", "totalMigrationTimeS<=8%", "5%", "[2001:db8::1]:5201", "iperf.example.org:5201"),
    (text) => {
      understood(() => select(cells, text));
      understood(() => parseGate(text));
      understood(() => repeatOf({ "until-ci": text }));
      understood(() => {
        expect(parseHost(text).host).not.toMatch(/^-|[\s;|&$`'"\\/]/);
      });
    },
  );
});

describe("whatever a crash has left of", () => {
  const entries = [
    { op: "owner", pid: 1, startTicks: 2 },
    { op: "own", resource: { kind: "namespace", name: "cloudlet-1-vm3" } },
    { op: "own", resource: { kind: "folder", path: "/var/lib/cloudlet/1" } },
    { op: "strike", resource: { kind: "namespace", name: "cloudlet-1-vm3" } },
    { op: "disown" },
  ];
  const dir = join(folder, "run");
  mkdirSync(dir);

  holds(
    "a ledger, it is what was owned",
    hostileOutput(entries.map((entry) => JSON.stringify(entry)).join("\n")),
    async (text) => {
      await writeFile(join(dir, "ledger.jsonl"), text);
      const { resources, owners } = await new Ledger("run", folder).read();
      for (const each of resources) expect("path" in each ? each.path : each.name).toBeTypeOf("string");
      for (const { pid } of owners) expect(pid).toSatisfy(Number.isInteger);
    },
  );

  holds("a lab's file, it is a lab or none", hostileJson(lab), async (text) => {
    await writeFile(join(dir, "lab.json"), text);
    const read = await readLabFile(dir);
    if (read !== undefined) expect(read.cell.seed).toSatisfy(Number.isFinite);
  });
});
