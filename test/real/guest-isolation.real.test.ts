import { readdir, readFile, lstat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { exec } from "../../src/host/process.js";
import { cloudlets, MIGRATION_PORT } from "../../src/lab/network/layout.js";
import { netnsProvider } from "../../src/testbed/netns/provider.js";
import { requireNetns } from "./require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const machines = ["host", "vm1", "vm2", "vm4"] as const;

const run = (...args: string[]) => execa(process.execPath, [cloudlet, ...args]);

/** Looks again and again until something has ended. */
async function whileRunning(running: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  let over = false;
  const isOver = () => over;
  const ended = running.finally(() => (over = true));
  // The rejection is thrown by the last line; until then nobody listens.
  ended.catch(() => undefined);
  while (!isOver()) {
    await look();
    await sleep(5);
  }
  await ended;
}

/** Sockets below the folder of netns runs that others than their owner may use, as `path mode`. */
async function openSockets(seen: Set<string>): Promise<string[]> {
  const { runsDir } = netnsProvider;
  const paths = await readdir(runsDir, { recursive: true }).catch(() => []);
  const found = await Promise.all(
    paths.map(async (path) => {
      const stats = await lstat(join(runsDir, path)).catch(() => undefined);
      if (stats?.isSocket() !== true) return [];
      seen.add(path.split("/").at(-1) ?? "");
      return (stats.mode & 0o077) === 0 ? [] : [`${path} ${(stats.mode & 0o777).toString(8)}`];
    }),
  );
  return found.flat();
}

/** Where QEMU listens in a namespace, as `address:port`. */
async function qemuListens(namespace: string): Promise<string[]> {
  const listing = await exec(["ip", "netns", "exec", namespace, "ss", "-Hlntup"]);
  return listing
    .split("\n")
    .filter((line) => line.includes('("qemu-system'))
    .map((line) => line.trim().split(/\s+/)[4] ?? line);
}

/** Leaves the migration's port without a way to answer until it is released; TCP then tries again by itself. */
async function holdMigration(namespace: string) {
  const rule = [
    "from",
    cloudlets.vm2.wanAddress,
    "ipproto",
    "tcp",
    "sport",
    `${MIGRATION_PORT}`,
    "blackhole",
  ];
  const ip = (action: "add" | "delete") => exec(["ip", "-n", namespace, "rule", action, ...rule]);
  await ip("add");
  let holding = true;
  return {
    async release() {
      if (holding) await ip("delete");
      holding = false;
    },
  };
}

async function qemuPids(id: string): Promise<string[]> {
  const pids = await Promise.all(
    machines.map((machine) => exec(["ip", "netns", "pids", `cloudlet-${id}-${machine}`])),
  );
  const isQemu = await Promise.all(
    pids
      .join("\n")
      .split(/\s+/)
      .filter((pid) => pid !== "")
      .map(async (pid) => ((await readFile(`/proc/${pid}/comm`, "utf8")).startsWith("qemu-") ? [pid] : [])),
  );
  return isQemu.flat();
}

describe("QEMU on netns", () => {
  beforeEach(requireNetns());

  let lab: string | undefined;
  afterEach(async () => {
    if (lab !== undefined) await run("down", lab);
  });

  it("is no root, lets nobody else at its sockets, and listens on the link between the cloudlets alone", async () => {
    const socketNames = new Set<string>();
    const open = new Set<string>();
    const lookAtSockets = async () => {
      for (const socket of await openSockets(socketNames)) open.add(socket);
    };
    const up = run("up", "smoke", "--testbed", "netns", "--profile", "modern", "--json");
    await whileRunning(up, lookAtSockets);
    const { id } = z.object({ id: z.string() }).parse(JSON.parse((await up).stdout.split("\n").at(-1) ?? ""));
    lab = id;

    const pids = await qemuPids(id);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const valueOf = (key: string) => new RegExp(`^${key}:\\s+(.*)$`, "m").exec(status)?.[1];
      expect(valueOf("Uid")).toBe("65534\t65534\t65534\t65534");
      expect(valueOf("Gid")).toBe("65534\t65534\t65534\t65534");
      expect(valueOf("Groups")?.trim()).toBe("65534");
      expect([valueOf("CapPrm"), valueOf("CapEff")]).toEqual(["0000000000000000", "0000000000000000"]);
      expect([valueOf("NoNewPrivs"), valueOf("Seccomp")]).toEqual(["1", "2"]);
    }

    // QEMU listens until the source has connected, a round trip later: too short to be sure of seeing it.
    const held = await holdMigration(`cloudlet-${id}-vm2`);
    const listens = new Set<string>();
    await whileRunning(run("migrate", "--lab", id), async () => {
      await lookAtSockets();
      for (const machine of machines) {
        for (const address of await qemuListens(`cloudlet-${id}-${machine}`)) listens.add(address);
      }
      if (listens.size > 0) await held.release();
    });
    expect([...listens]).toEqual([`${cloudlets.vm2.wanAddress}:${MIGRATION_PORT}`]);
    expect([...socketNames]).toEqual(expect.arrayContaining(["qmp.sock", "agent.sock"]));
    expect([...open]).toEqual([]);
  });
});
