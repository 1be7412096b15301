import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { namespaceNames } from "../../src/host/namespace.js";
import { exec } from "../../src/host/process.js";
import { testbed } from "../../src/testbed/netns/index.js";
import { smokeCell } from "../faults/handover-with.js";
import { machineState } from "./machine-state.js";
import { requireNetns } from "./require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

describe("faults on netns", () => {
  beforeEach(requireNetns());

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-real-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  it("leaves VM3 running at the source when its destination dies during the migration", async () => {
    const before = await machineState();
    const cell = await smokeCell();
    const { signal } = new AbortController();
    const runId = `fault${process.pid}`;
    const session = await testbed.open({ runId, seed: 1, signal, note: () => undefined });
    try {
      await using inProgress = await session.begin(cell, signal);
      await inProgress.startProbes();
      await inProgress.detachDevice();
      await inProgress.attachDevice();
      await inProgress.adoptNextAddress();
      const migrating = inProgress.migrate();
      await sleep(1500);
      const [destination] = (await exec(["pgrep", "-f", `name vm3-1-destination.*${runId}`])).split("\n");
      process.kill(Number(destination), "SIGKILL");
      const outcome = await migrating;

      expect(outcome.status).toBe("failed");
      expect(outcome.reason, "QEMU's own reason").toMatch(/\S/);
      // VM3 answers through its agent, where it was, with the addresses that it had.
      const found = await inProgress.interfaces();
      expect(found).toContainEqual({ vm: "VM3", interface: "eth0", state: "UP", address: "10.1.1.15/24" });
      const { series } = await inProgress.finish();
      const late = series.probe.filter(
        ({ address, sentMs }) => address === "old" && sentMs > outcome.commandEndMs,
      );
      expect(
        late.some(({ receivedMs }) => receivedMs !== null),
        "VM3 still answers pings",
      ).toBe(true);
    } finally {
      await session[Symbol.asyncDispose]();
    }
    expect(await machineState()).toEqual(before);
  });

  it("tears down all that it made, and only that, on Ctrl-C", async () => {
    const foreign = `foreign${process.pid}`;
    await exec(["ip", "netns", "add", foreign]);
    try {
      const before = await machineState();
      const dir = join(out, "run");
      const run = execa(
        process.execPath,
        [cloudlet, "run", "smoke", "--testbed", "netns", "--profile", "modern", "--out", dir],
        { reject: false },
      );
      // Somewhere in the middle: VM3 is up and the probes are running.
      while (!(await exec(["ps", "-eo", "args="])).includes("iperf3 --client 10.1.1.15")) await sleep(100);
      await sleep(500);
      run.kill("SIGINT");
      const { exitCode, stderr } = await run;

      expect(exitCode).toBe(130);
      expect(stderr).toMatch(/interrupted/);
      expect(await machineState()).toEqual(before);
      expect(await namespaceNames(exec)).toContain(foreign);
      expect(await readdir(out), "no cell was finished, so there is no record").toEqual([]);
    } finally {
      await exec(["ip", "netns", "delete", foreign]);
    }
  });

  it("lets two runs coexist", async () => {
    const before = await machineState();
    const { signal } = new AbortController();
    const open = (runId: string) => testbed.open({ runId, seed: 1, signal, note: () => undefined });
    const first = await open(`one${process.pid}`);
    const second = await open(`two${process.pid}`);
    await first[Symbol.asyncDispose]();
    const left = (await namespaceNames(exec)).filter((name) => !before.namespaces.includes(name));
    expect(left.sort()).toEqual(
      ["host", "vm1", "vm2", "vm4"].map((vm) => `cloudlet-two${process.pid}-${vm}`),
    );
    await second[Symbol.asyncDispose]();
    expect(await machineState()).toEqual(before);
  });

  it("says in a line each what is missing without root, and how to mend it", async () => {
    await chmod(out, 0o777);
    const { exitCode, stderr } = await execa(
      "setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, cloudlet, "run", "smoke"].concat(
        [...["--testbed", "netns", "--out", join(out, "run")]],
      ),
      { reject: false, env: { HOME: "/nonexistent" } },
    );
    expect(exitCode).toBe(3);
    const lines = stderr.trim().split("\n");
    expect(lines[0]).toMatch(/root.* → /);
    expect(lines.filter((line) => !line.includes(" → "))).toEqual([]);
  });
});
