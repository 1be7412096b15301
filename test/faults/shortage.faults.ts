import { cp, mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { on } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CACHE_DIR } from "../../src/host/cache.js";
import { readRecording } from "../../src/record/read.js";
import { machineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";
import { twoCells } from "./kill-and-resume.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const harness = (...words: string[]) =>
  execa(process.execPath, [cloudlet, ...words], { reject: false, all: true });

let out: string;
beforeEach(requireNetns());
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "cloudlet-shortage-"));
});
afterEach(() => rm(out, { recursive: true }));

/** Where the kernel counts the memory of the programs in a group, and by which files; undefined: nowhere. */
const groups = async () => {
  const mounts = await readFile("/proc/mounts", "utf8");
  const v2 = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  const v1 = /^\S+ (\S+) cgroup \S*\bmemory\b/m.exec(mounts)?.[1];
  if (v1 !== undefined) return { at: v1, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes" };
  if (v2 === undefined) return undefined;
  const controllers = await readFile(join(v2, "cgroup.subtree_control"), "utf8");
  return controllers.includes("memory")
    ? { at: v2, limit: "memory.max", usage: "memory.current" }
    : undefined;
};

const twoHandovers = ["smoke", "--repeat", "2", "--testbed", "netns", "--profile", "modern", "--seed", "1"];

describe("a run that is short of memory", () => {
  const group = `cloudlet-faults-${process.pid}`;

  it("ends what the kernel let live, says so, leaves nothing on the machine, and goes on later", async ({
    skip,
  }) => {
    const found = await groups();
    if (found === undefined) return skip("no control group for memory");
    const at = join(found.at, group);
    const before = await machineState();
    await mkdir(at);
    try {
      const dir = join(out, "run");
      const words = [...twoHandovers, "--retries", "0", "--out", dir, "--json"];
      const enter = `echo $$ > ${join(at, "cgroup.procs")} && exec "$@"`;
      const run = execa("sh", ["-c", enter, "sh", process.execPath, cloudlet, "run", ...words], {
        reject: false,
        all: true,
      });
      for await (const [chunk] of on(run.stdout, "data", { close: ["end"] })) {
        if (!String(chunk).includes('"migrating"')) continue;
        // Less than there is in use: the kernel has to end a program of the run, whichever it takes.
        const usedBytes = Number(await readFile(join(at, found.usage), "utf8"));
        await squeeze(join(at, found.limit), usedBytes);
        break;
      }
      const short = await run;
      process.stdout.write(`${short.exitCode ?? short.signal}: ${lastLines(short.all)}\n`);
      expect(short.exitCode, short.all).not.toBe(0);
      const down = await harness("down");
      expect(down.exitCode, down.all).toBe(0);
      expect(await machineState()).toEqual(before);

      const resumed = await harness("run", "--resume", dir);
      expect(resumed.exitCode, resumed.all).toBe(0);
      const { cells } = await readRecording(dir);
      expect(cells.map(({ record }) => record.status)).toEqual(["ok", "ok"]);
      const reasons = cells
        .flatMap(({ record }) => record.earlier ?? [])
        .flatMap((attempt) => attempt.reasons);
      process.stdout.write(`${JSON.stringify(reasons)}\n`);
      expect(reasons.join("\n")).toMatch(/memory ran short on this machine: its kernel has ended/);
      expect((await harness("verify", dir)).exitCode).toBe(0);
      expect(await machineState()).toEqual(before);
    } finally {
      await rmdir(at);
    }
  });
});

/** Lowers the limit bit by bit: at once it would be refused. */
async function squeeze(limit: string, usedBytes: number): Promise<void> {
  for (let share = 1; share > 0.6; share -= 0.05) {
    await writeFile(limit, String(Math.round(usedBytes * share))).catch(() => undefined);
  }
}

const lastLines = (text: string): string => text.trim().split("\n").slice(-6).join("\n");

describe("a guest image that does not boot", () => {
  it("ends the run with what the guest said on its console, and leaves nothing on the machine", async () => {
    const before = await machineState();
    const image = join(out, "image");
    await cp(join(CACHE_DIR, "image"), image, { recursive: true });
    const empty = "070701" + "0".repeat(13 * 8 - 18) + "0".repeat(18);
    await writeFile(join(image, "initramfs"), empty);
    const hash = createHash("sha256");
    for (const file of ["vmlinuz", "initramfs"]) hash.update(await readFile(join(image, file)));
    const manifest = JSON.parse(await readFile(join(image, "manifest.json"), "utf8")) as object;
    await writeFile(
      join(image, "manifest.json"),
      JSON.stringify({ ...manifest, digest: hash.digest("hex") }),
    );
    // In a mount namespace of its own: the machine's image stays as it is.
    const mounted = `mount --bind ${image} ${join(CACHE_DIR, "image")} && exec "$@"`;
    const words = [cloudlet, "run", ...twoCells(1), "--retries", "0", "--out", join(out, "run")];
    const run = await execa("unshare", ["-m", "sh", "-c", mounted, "sh", process.execPath, ...words], {
      reject: false,
      all: true,
    });
    process.stdout.write(`${run.exitCode}: ${lastLines(run.all)}\n`);
    expect([3, 4], run.all).toContain(run.exitCode);
    expect(run.all).toMatch(/the guest did not boot: .*; on its console: .*Kernel panic/);
    expect(run.all).toMatch(/cloudlet setup --rebuild/);
    expect(await machineState()).toEqual(before);
  });
});
