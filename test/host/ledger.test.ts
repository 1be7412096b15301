import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger, type Resource, runIds } from "../../src/host/ledger.js";
import { identifyProcess, type ProcessIdentity } from "../../src/host/live-process.js";
import { spawn } from "../../src/host/process.js";
import { failureFrom } from "../experiment/failure-of.js";

const namespace = (name: string): Resource => ({ kind: "namespace", name });

const linux = process.platform === "linux";

let runsDir: string;
beforeEach(async () => {
  runsDir = join(await mkdtemp(join(tmpdir(), "cloudlet-ledger-")), "runs");
});
afterEach(() => rm(join(runsDir, ".."), { recursive: true, force: true }));

const fileOf = (ledger: Ledger) => join(ledger.dir, "ledger.jsonl");

async function self(): Promise<ProcessIdentity> {
  const identity = await identifyProcess(process.pid);
  if (identity === undefined) throw new Error("/proc says nothing of this process");
  return identity;
}

/** A ledger as another process left it. */
async function leftBehind(runId: string, ...entries: unknown[]): Promise<Ledger> {
  const ledger = new Ledger(runId, runsDir);
  await mkdir(ledger.dir, { recursive: true });
  await writeFile(fileOf(ledger), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return ledger;
}

describe.skipIf(!linux)("Ledger, by Linux's /proc", () => {
  it("is opened once: the second of two that go on with the same run is told so", async () => {
    await new Ledger("r7", runsDir).open();
    const { kind, line } = await failureFrom(new Ledger("r7", runsDir).open());
    expect([kind, line]).toEqual([
      "environment",
      "r7: this run has machines here already → see what works on it: cloudlet status",
    ]);
  });

  it("opens in a folder that nobody else may look into, owned by this process", async () => {
    const ledger = new Ledger("r7", runsDir);
    await ledger.open();
    expect(await runIds(runsDir)).toEqual(["r7"]);
    expect((await stat(ledger.dir)).mode & 0o777).toBe(0o700);
    expect((await stat(fileOf(ledger))).mode & 0o777).toBe(0o600);
    expect(await ledger.read()).toEqual({ resources: [], owners: [await self()] });
    expect(await ledger.driver()).toEqual(await self());
  });

  it("remembers what was made, oldest first, until it is struck off", async () => {
    const ledger = new Ledger("r7", runsDir);
    await ledger.open();
    for (const name of ["cloudlet-r7-host", "cloudlet-r7-vm1", "cloudlet-r7-vm2"])
      await ledger.own(namespace(name));
    await ledger.strike(namespace("cloudlet-r7-vm1"));
    const { resources } = await new Ledger("r7", runsDir).read();
    expect(resources).toEqual([namespace("cloudlet-r7-host"), namespace("cloudlet-r7-vm2")]);
  });

  it("forgets the run and its folder, and no other run", async () => {
    const [one, two] = [new Ledger("one", runsDir), new Ledger("two", runsDir)];
    await one.open();
    await two.open();
    await one.close();
    await one.close();
    expect(await runIds(runsDir)).toEqual(["two"]);
  });

  it("knows of nothing where a crash came before the first line", async () => {
    const ledger = await leftBehind("r7");
    await rm(fileOf(ledger));
    expect(await ledger.read()).toEqual({ resources: [], owners: [] });
    expect(await ledger.driver()).toBeUndefined();
  });
});

describe.skipIf(!linux)("a line cut short by a crash, by Linux's /proc", () => {
  const torn = '{"op":"own","resource":{"kind":"names';

  it("says nothing, and takes nothing away from the lines before it", async () => {
    const ledger = await leftBehind("r7", { op: "own", resource: namespace("cloudlet-r7-host") });
    await appendFile(fileOf(ledger), torn);
    expect((await ledger.read()).resources).toEqual([namespace("cloudlet-r7-host")]);
  });

  it("takes nothing away from the lines after it", async () => {
    const ledger = await leftBehind("r7", { op: "own", resource: namespace("cloudlet-r7-host") });
    await appendFile(fileOf(ledger), torn);
    await ledger.strike(namespace("cloudlet-r7-host"));
    await ledger.own(namespace("cloudlet-r7-vm1"));
    expect((await ledger.read()).resources).toEqual([namespace("cloudlet-r7-vm1")]);
  });

  it("does not keep the next process from taking over", async () => {
    const ledger = await leftBehind("r7");
    await appendFile(fileOf(ledger), torn);
    await ledger.takeOver();
    expect(await ledger.driver()).toEqual(await self());
  });

  it("may be cut anywhere", async () => {
    const ledger = new Ledger("r7", runsDir);
    await ledger.open();
    await ledger.own(namespace("cloudlet-r7-host"));
    await ledger.own(namespace("cloudlet-r7-vm1"));
    const whole = await readFile(fileOf(ledger), "utf8");
    for (let length = 0; length < whole.length; length++) {
      await writeFile(fileOf(ledger), whole.slice(0, length));
      await ledger.own(namespace("next"));
      const { resources } = await ledger.read();
      expect(resources.at(-1), `cut after ${length} characters`).toEqual(namespace("next"));
      expect(["cloudlet-r7-host", "cloudlet-r7-vm1", "next"].map(namespace)).toEqual(
        expect.arrayContaining([...resources]),
      );
    }
  });
});

describe.skipIf(!linux)("who drives a run, by Linux's /proc", () => {
  it("is nobody once the harness that did has ended", async () => {
    const running = spawn(["sleep", "600"], { discardOutput: true });
    const owner = await identifyProcess(running.pid);
    const ledger = await leftBehind("r7", { op: "owner", ...owner });
    expect(await ledger.driver()).toEqual(owner);
    await running.stop(0);
    expect(await ledger.driver()).toBeUndefined();
  });

  it("is not a later process that has the same pid by chance", async () => {
    const { pid, startTicks } = await self();
    const ledger = await leftBehind("r7", { op: "owner", pid, startTicks: startTicks - 1 });
    expect(await ledger.driver()).toBeUndefined();
  });

  it("is nobody after the run was left standing, and whoever takes it over next", async () => {
    const ledger = new Ledger("r7", runsDir);
    await ledger.open();
    await ledger.disown();
    expect(await ledger.driver()).toBeUndefined();
    await ledger.takeOver();
    expect(await ledger.driver()).toEqual(await self());
  });

  it("stays who was first: the second to ask is refused while the first is alive, and not after it", async () => {
    const running = spawn(["sleep", "600"], { discardOutput: true });
    const owner = await identifyProcess(running.pid);
    const ledger = await leftBehind("r7", { op: "owner", ...owner });
    const refusal = await failureFrom(ledger.takeOver());
    expect(refusal.line).toBe(`r7: process ${running.pid} is at work on it → wait until it has ended`);
    expect(await ledger.driver()).toEqual(owner);
    await running.stop(0);
    await ledger.takeOver();
    expect(await ledger.driver()).toEqual(await self());
  });
});

describe.skipIf(!linux)("runIds, by Linux's /proc", () => {
  it("finds none where there never was a run", async () => {
    expect(await runIds(runsDir)).toEqual([]);
  });

  it("lists all, sorted", async () => {
    for (const id of ["b", "a", "c"]) await new Ledger(id, runsDir).open();
    expect(await runIds(runsDir)).toEqual(["a", "b", "c"]);
    expect(await readdir(runsDir)).toHaveLength(3);
  });
});
