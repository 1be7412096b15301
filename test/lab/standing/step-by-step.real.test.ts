import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { machineState } from "../../real/machine-state.js";
import { realTestbeds } from "../../real/require-testbed.js";
import { interfaceTables } from "../../../src/run/scenario/interface-tables.js";

const cloudlet = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

async function run(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cloudlet, ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

const labSchema = z.object({
  id: z.string(),
  vm3: z.object({ cloudlet: z.number(), pid: z.int() }),
  device: z.object({ cloudlet: z.number().nullable() }),
  interfaces: z.array(z.unknown()),
  qdiscs: z.record(z.string(), z.unknown()),
});
const statusSchema = z.array(
  z.object({ id: z.string(), state: z.object({ name: z.string() }), lab: labSchema.nullable() }),
);
const migratedSchema = z.object({
  status: z.string(),
  reason: z.string().nullable(),
  cloudlet: z.number(),
  transferredBytes: z.number(),
  downtimeMs: z.number(),
});
const shapedSchema = z.object({ before: z.object({ rtt: z.object({ medianMs: z.number() }) }) });
const handedOverSchema = z.object({
  status: z.string(),
  reasons: z.array(z.string()),
  tables: z.record(z.string(), z.unknown()),
  metrics: z.record(z.string(), z.object({ value: z.number() })),
});

/** What a command says under --json; its own words where it says something else. */
async function answer<S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.infer<S>> {
  const { stdout, stderr } = await run(...args, "--json");
  const parsed = schema.safeParse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  if (parsed.success) return parsed.data;
  throw new Error(`cloudlet ${args.join(" ")} said:\n${stdout}\n${stderr}`);
}

describe.each(realTestbeds)("a lab, step by step, on $name", ({ name: testbed, require }) => {
  beforeEach(require());

  let lab: string | undefined;
  afterEach(async () => {
    if (lab !== undefined) await run("down", lab);
  });

  it("comes up, is looked at, shaped, migrated there and back, handed over, and goes without a trace", async () => {
    const before = await machineState();
    const up = await answer(labSchema, "up", "smoke", "--testbed", testbed, "--profile", "modern");
    const { id } = up;
    lab = id;
    const only = ["--lab", id];
    expect(up.interfaces).toEqual(interfaceTables["4.5"]);

    expect(
      await answer(labSchema, "up", "smoke", "--testbed", testbed, "--profile", "modern"),
      "up twice changes nothing",
    ).toMatchObject({ id, vm3: up.vm3 });

    const statusNow = async () => (await answer(statusSchema, "status")).find((found) => found.id === id);
    expect(await statusNow()).toMatchObject({
      state: { name: "standing" },
      lab: { vm3: { cloudlet: 1, pid: up.vm3.pid }, device: { cloudlet: 1 } },
    });

    // The exit code and the output are the command's own, on the machines and in VM3.
    expect(await run("exec", "vm4", ...only, "--", "ping", "-c", "2", "10.1.1.15")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(" 0% packet loss") as string,
    });
    expect(await run("exec", "vm1", ...only, "--", "sh", "-c", "exit 7")).toMatchObject({ exitCode: 7 });
    expect(
      await run("exec", "vm3", ...only, "--", "sh", "-c", "uname -n; echo oops >&2; exit 9"),
    ).toMatchObject({
      exitCode: 9,
      stdout: expect.stringMatching(/\S/) as string,
      stderr: "oops",
    });

    const there = await answer(migratedSchema, "migrate", ...only);
    expect(there).toMatchObject({ status: "completed", reason: null, cloudlet: 2 });
    expect(there.transferredBytes).toBeGreaterThan(100 * 2 ** 20);
    const away = await statusNow();
    expect(away).toMatchObject({ lab: { vm3: { cloudlet: 2 }, device: { cloudlet: 1 } } });
    expect(away?.lab?.vm3.pid, "another QEMU runs VM3").not.toBe(up.vm3.pid);

    const tooEarly = await run("handover", ...only);
    expect(tooEarly.exitCode).toBe(2);
    expect(tooEarly.stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/Table 4\.5: VM3 .* → bring VM3 back: cloudlet migrate$/),
    ]);

    expect(await answer(migratedSchema, "migrate", ...only)).toMatchObject({
      status: "completed",
      cloudlet: 1,
    });
    expect(await run("exec", "vm4", ...only, "--", "ping", "-c", "2", "10.1.1.15")).toMatchObject({
      exitCode: 0,
    });

    const shaped = await answer(shapedSchema, "shape", "--rtt", "60", ...only);
    expect(shaped.before.rtt.medianMs).toBeGreaterThan(50);
    expect(shaped.before.rtt.medianMs).toBeLessThan(80);

    const handedOver = await answer(handedOverSchema, "handover", ...only);
    // A noisy machine may fail the attestation, and then says so; nothing else may be wrong.
    expect(handedOver.reasons.filter((reason) => !/ the link's (RTT|rate) was /.test(reason))).toEqual([]);
    expect(handedOver.tables).toEqual(interfaceTables);
    expect(handedOver.metrics.totalMigrationTimeS?.value).toBeGreaterThan(0);
    expect(handedOver.metrics.applicationDowntimeMs?.value).toBeGreaterThan(0);
    const ended = await statusNow();
    expect(ended).toMatchObject({
      state: { name: "standing" },
      lab: { vm3: { cloudlet: 2 }, device: { cloudlet: 2 }, interfaces: interfaceTables["4.8"] },
    });

    expect(await run("down", id)).toMatchObject({ exitCode: 0 });
    expect(await run("down", id), "a second time there is nothing to do").toMatchObject({ exitCode: 0 });
    expect(await machineState()).toEqual(before);
  }, 900_000);
});
