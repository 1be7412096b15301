import { appendFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../src/failure.js";
import { Ledger } from "../../../src/host/ledger.js";
import { identifyProcess, type ProcessIdentity } from "../../../src/host/live-process.js";
import { type CommandLine, type Exec, spawn, type Running } from "../../../src/host/process.js";
import { writeLabFile } from "../../../src/lab/standing/lab-file.js";
import { Labs } from "../../../src/lab/standing/standing-labs.js";
import { type Elsewhere, removeRun } from "../../../src/lab/removal.js";
import { netnsProvider } from "../../../src/testbed/netns/provider.js";
import { failureFrom } from "../../experiment/failure-of.js";
import { aLabFile } from "./a-lab-file.js";

let runsDir: string;
let other: Running;
let otherIdentity: ProcessIdentity;
beforeEach(async () => {
  runsDir = await mkdtemp(join(tmpdir(), "cloudlet-labs-"));
  other = spawn(["sleep", "600"], { discardOutput: true });
  const identity = await identifyProcess(other.pid);
  if (identity === undefined) throw new Error("sleep did not start");
  otherIdentity = identity;
});
afterEach(async () => {
  await other.stop(0);
  await rm(runsDir, { recursive: true });
});

const nothingThere: Exec = () => Promise.resolve("");
/** Of machines that are namespaces of this one; nothing is ever made. */
const labsOf = (exec: Exec = nothingThere) =>
  new Labs({ ...netnsProvider, runsDir, remove: (ledger) => removeRun(ledger, exec) });

/** A run's ledger, owned by this process. */
async function aRun(id: string): Promise<Ledger> {
  const ledger = new Ledger(id, runsDir);
  await ledger.open();
  return ledger;
}

/** A lab whose VM3 runs in the given process, left standing. */
async function aLab(id: string, qemu: ProcessIdentity = otherIdentity): Promise<Ledger> {
  const ledger = await aRun(id);
  const file = await aLabFile(id);
  await writeLabFile(ledger.dir, { ...file, vm3: { ...file.vm3, guest: { dir: ledger.dir, ...qemu } } });
  await ledger.disown();
  return ledger;
}

const gone = (identity: ProcessIdentity): ProcessIdentity => ({
  ...identity,
  startTicks: identity.startTicks - 1,
});

describe("Labs.list", () => {
  it("finds none where nothing was ever up", async () => {
    expect(await labsOf().list()).toEqual([]);
  });

  it("tells a lab that stands from a run that a live process drives", async () => {
    await aLab("a1");
    await aRun("b2");
    expect(await labsOf().list()).toEqual([
      { id: "a1", kind: "lab", state: { name: "standing" } },
      {
        id: "b2",
        kind: "run",
        state: { name: "driven", pid: process.pid, command: expect.stringMatching(/\S/) as string },
      },
    ]);
  });

  it("tells a lab that a command works on, and has it standing again afterwards", async () => {
    const ledger = await aLab("a1");
    await ledger.takeOver();
    expect(await labsOf().list()).toMatchObject([
      { kind: "lab", state: { name: "driven", pid: process.pid } },
    ]);
    await ledger.disown();
    expect(await labsOf().list()).toMatchObject([{ kind: "lab", state: { name: "standing" } }]);
  });

  it("tells what nobody will go on with, and why", async () => {
    await aLab("a1", gone(otherIdentity));
    await mkdir(join(runsDir, "b2"));
    const halfUp = await aRun("c3");
    await halfUp.disown();
    const reasons = (await labsOf().list()).map(({ id, state }) => [
      id,
      state.name === "abandoned" ? state.reason : state.name,
    ]);
    expect(reasons).toEqual([
      ["a1", "the QEMU that ran VM3 has ended"],
      ["b2", "it holds no whole lab"],
      ["c3", "it holds no whole lab"],
    ]);
  });
});

it("tells what a lab was brought up for, as it was asked for", async () => {
  await aLab("a1");
  expect(await labsOf().cellOf("a1")).toStrictEqual((await aLabFile("a1")).cell);
});

describe("Labs.removeLeftovers", () => {
  it("removes what dead processes have left, and neither labs nor what is under way or about to begin", async () => {
    await aLab("standing");
    await aLab("broken", gone(otherIdentity));
    const deadOwner = JSON.stringify({ op: "owner", ...gone(otherIdentity) });
    await appendFile(join((await aLab("killed")).dir, "ledger.jsonl"), deadOwner);
    await aRun("driven");
    await mkdir(join(runsDir, "beginning"));
    const dead = new Ledger("dead", runsDir);
    await mkdir(dead.dir);
    await appendFile(join(dead.dir, "ledger.jsonl"), deadOwner);
    await dead.own({ kind: "namespace", name: "cloudlet-dead-vm1" });
    const notes: string[] = [];
    await labsOf().removeLeftovers((message) => notes.push(message));
    expect(notes).toEqual(["broken", "dead", "killed"].map((id) => `removed what ${id} had left behind`));
    expect((await readdir(runsDir)).sort()).toEqual(["beginning", "driven", "standing"]);
  });

  it("leaves a lab alone whose machines can't be asked whether VM3 runs", async () => {
    await aLab("far", gone(otherIdentity));
    const unreachable = () => Promise.reject(new Failure("no route", { kind: "environment" }));
    const labs = new Labs({ ...netnsProvider, runsDir, machines: unreachable });
    await labs.removeLeftovers(() => {
      throw new Error("there is nothing to say");
    });
    expect(await labs.list()).toMatchObject([
      { id: "far", state: { name: "abandoned", reason: "the machine that runs VM3 can't be reached" } },
    ]);
  });

  it("names what it can't remove, and goes on", async () => {
    for (const id of ["a1", "b2"]) {
      const dead = new Ledger(id, runsDir);
      await mkdir(dead.dir);
      await appendFile(
        join(dead.dir, "ledger.jsonl"),
        JSON.stringify({ op: "owner", ...gone(otherIdentity) }),
      );
      await dead.own({ kind: "namespace", name: `cloudlet-${id}-vm1` });
    }
    const busy: Exec = (command) =>
      command[2] === "delete" && command[3] === "cloudlet-a1-vm1"
        ? Promise.reject(new Failure("it is busy", { kind: "environment", place: "ip netns" }))
        : Promise.resolve("cloudlet-a1-vm1\ncloudlet-b2-vm1\n");
    const notes: string[] = [];
    const exec: Exec = (command) => (command[2] === "pids" ? Promise.resolve("") : busy(command));
    await labsOf(exec).removeLeftovers((message) => notes.push(message));
    expect(notes).toEqual([
      "a1 has left something behind: ip netns: it is busy; then: cloudlet down a1",
      "removed what b2 had left behind",
    ]);
  });
});

describe("a machine that does not answer", () => {
  const gone = (name: string): Elsewhere => ({
    remove: (machine) =>
      machine === name ? Promise.reject(new Failure("lost", { kind: "environment" })) : Promise.resolve(),
    leftOn: (machine) => `${machine}: its namespace`,
    leave: () => Promise.resolve(),
  });

  it("keeps its part in the ledger until it is forgotten, and then it is said what that was", async () => {
    const ledger = await aRun("a1");
    for (const name of ["vm1", "vm2", "vm4"]) await ledger.own({ kind: "machine", name });
    await expect(removeRun(ledger, nothingThere, gone("vm2"))).rejects.toThrow("lost");
    expect((await ledger.read()).resources).toEqual([{ kind: "machine", name: "vm2" }]);

    expect(await removeRun(ledger, nothingThere, gone("vm2"), { forget: true })).toEqual([
      "vm2: its namespace",
    ]);
    expect(await readdir(runsDir)).toEqual([]);
  });

  it("is not forgotten when it answers", async () => {
    const ledger = await aRun("a1");
    await ledger.own({ kind: "machine", name: "vm1" });
    expect(await removeRun(ledger, nothingThere, gone("vm2"), { forget: true })).toEqual([]);
  });
});

describe("Labs.remove", () => {
  it("removes the namespaces in the ledger that there still are, latest first, and then the folder", async () => {
    const ledger = await aLab("a1");
    for (const name of ["cloudlet-a1-host", "cloudlet-a1-vm1", "cloudlet-a1-vm2"]) {
      await ledger.own({ kind: "namespace", name });
    }
    const ran: CommandLine[] = [];
    const exec: Exec = (command) => {
      ran.push(command);
      const listing = "cloudlet-a1-host (id: 3)\ncloudlet-a1-vm2\nforeign\ncloudlet-b2-vm1\n";
      return Promise.resolve(command[2] === "list" ? listing : "");
    };
    await aRun("b2");
    await labsOf(exec).remove("a1");
    expect(ran.filter(([, , verb]) => verb === "delete")).toEqual([
      ["ip", "netns", "delete", "cloudlet-a1-vm2"],
      ["ip", "netns", "delete", "cloudlet-a1-host"],
    ]);
    expect(await readdir(runsDir)).toEqual(["b2"]);
  });

  it("leaves alone what a live process works on", async () => {
    const ledger = await aLab("a1");
    const owner = JSON.stringify({ op: "owner", ...otherIdentity });
    await appendFile(join(ledger.dir, "ledger.jsonl"), `${owner}\n`);
    const failure = await failureFrom(
      labsOf(() => Promise.reject(new Error("nothing may be run"))).remove("a1"),
    );
    expect(failure.line).toBe(`a1: process ${otherIdentity.pid} is at work on it → wait until it has ended`);
    expect(await readdir(runsDir)).toEqual(["a1"]);
  });
});

describe("Labs.execute", () => {
  const io = (lend: (command: CommandLine) => Promise<number>) => ({
    terminal: { lend, stdout: process.stdout, stderr: process.stderr },
    signal: new AbortController().signal,
  });

  it("hands the terminal to the command in the machine's namespace, and its exit code back", async () => {
    await aLab("a1");
    const lent: CommandLine[] = [];
    const exitCode = await labsOf().execute(
      "a1",
      "vm4",
      ["ping", "-c", "3", "10.1.1.15"],
      io((command) => {
        lent.push(command);
        return Promise.resolve(7);
      }),
    );
    expect(exitCode).toBe(7);
    expect(lent).toEqual([["ip", "netns", "exec", "cloudlet-a1-vm4", "ping", "-c", "3", "10.1.1.15"]]);
  });

  it("knows no lab where a run is", async () => {
    await aRun("b2");
    const failure = await failureFrom(
      labsOf().execute(
        "b2",
        "vm4",
        ["true"],
        io(() => Promise.resolve(0)),
      ),
    );
    expect(failure.line).toBe("there is no lab b2 → see: cloudlet status");
  });
});
