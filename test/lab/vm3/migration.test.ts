import { afterEach, describe, expect, it, vi } from "vitest";
import type { Cell } from "../../../src/experiment/plan.js";
import type { MigrationSample } from "../../../src/record/series.js";
import { migrateGuest, patienceMs, type MigrationObserver } from "../../../src/lab/vm3/migration.js";
import { FakeQemu, type Answers } from "../../guest/fake-qemu.js";
import { shippedPlan } from "../../run/fixtures.js";

const [cell] = (await shippedPlan({ profile: "modern" })).plan.cells as [Cell];
const [thesisCell] = (await shippedPlan({ profile: "thesis-2014" })).plan.cells as [Cell];

const started: FakeQemu[] = [];
afterEach(async () => {
  for (const fake of started.splice(0)) await fake[Symbol.asyncDispose]();
});

const ram = {
  transferred: 1000,
  remaining: 0,
  normal: 10,
  "normal-bytes": 40_960,
  duplicate: 5,
  "dirty-sync-count": 3,
  "page-size": 4096,
  mbps: 330,
};

/** A source that answers polls one after another, and stays with the last. */
function polled(...infos: Record<string, unknown>[]): Answers {
  let asked = 0;
  return { "query-migrate": () => infos[Math.min(asked++, infos.length - 1)] };
}

async function migrate(given: {
  source: Answers;
  destination?: Answers;
  cell?: Cell;
  signal?: AbortSignal;
  nowMs?: () => number;
  watch?: (source: FakeQemu, destination: FakeQemu) => Partial<MigrationObserver>;
}) {
  const log: string[] = [];
  const source = await FakeQemu.start(given.source, log);
  started.push(source);
  const destination = await FakeQemu.start(given.destination ?? {}, log);
  started.push(destination);
  const samples: MigrationSample[] = [];
  const events: string[] = [];
  const epochUnixMs = Date.now();
  const startMs = performance.now();
  const outcome = migrateGuest(
    source.guest,
    destination.guest,
    "vm2",
    given.cell ?? cell,
    {
      nowMs: given.nowMs ?? (() => performance.now() - startMs),
      epochUnixMs: () => epochUnixMs,
      sample: (sample) => samples.push(sample),
      event: (from, _, { name }) => events.push(`${from} ${name}`),
      ...given.watch?.(source, destination),
    },
    given.signal ?? new AbortController().signal,
  );
  return { outcome, log, source, destination, samples, events };
}

/** Once QEMU says completed, the destination resumes, as QEMU's own events tell. */
function resuming(source: FakeQemu, destination: FakeQemu): Partial<MigrationObserver> {
  return {
    sample: ({ status }) => {
      if (status !== "completed") return;
      source.event("STOP");
      destination.event("RESUME");
    },
  };
}

describe("patienceMs", () => {
  const patience = (usedMiB: number, rateMbit: number, { profile } = cell) =>
    patienceMs({ profile, guest: { ...cell.guest, usedMiB }, wan: { rateBps: rateMbit * 1e6, rttMs: 20 } });

  it("is a minute and ten times what the memory in use takes at the link's rate", () => {
    // 263 MiB at 350 Mbit/s take 6.3 s.
    expect(patience(263, 350)).toBeCloseTo(60_000 + 10 * 6303.4, -1);
  });

  it("grows with the memory and with the slowness of the link", () => {
    expect(patience(526, 350) - 60_000).toBeCloseTo(2 * (patience(263, 350) - 60_000), 6);
    expect(patience(263, 35) - 60_000).toBeCloseTo(10 * (patience(263, 350) - 60_000), 6);
  });

  it("goes by the profile's cap where that is below the link's rate, shaped or not", () => {
    // 263 MiB at 32 MiB/s.
    const capped = 60_000 + (10 * 263_000) / 32;
    expect(patience(263, 350, thesisCell)).toBeCloseTo(capped, 6);
    expect(patience(263, 175, thesisCell)).toBe(patience(263, 175));
    expect(patienceMs({ ...thesisCell, wan: { rateBps: null, rttMs: 0 } })).toBeCloseTo(capped, 6);
  });
});

describe("migrateGuest", () => {
  it("carries the guest over and gives QEMU's own figures and every poll", async () => {
    const active = { status: "active", "total-time": 50, ram: { ...ram, remaining: 500 } };
    const completed = { status: "completed", "total-time": 6900, downtime: 39, "setup-time": 3, ram };
    const { outcome, destination, source, log } = await migrate({
      source: polled({ status: "setup" }, active, completed),
      watch: resuming,
    });
    expect(await outcome).toMatchObject({
      status: "completed",
      reason: null,
      totalTimeMs: 6900,
      downtimeMs: 39,
      setupTimeMs: 3,
      transferredBytes: 1000,
      normalBytes: 40_960,
      duplicatePages: 5,
      dirtySyncCount: 3,
      pageSizeBytes: 4096,
    });
    const { commandStartMs, commandEndMs, stopMs, resumeMs } = await outcome;
    expect(commandEndMs, "the command ends when the guest runs again").toBe(resumeMs);
    expect(stopMs).not.toBeNull();
    expect(commandStartMs).toBeLessThan(commandEndMs);
    const uri = "tcp:134.117.64.2:49152";
    expect(destination.commands("migrate-incoming")).toEqual([{ uri }]);
    expect(source.commands("migrate")).toEqual([{ uri }]);
    expect(log.indexOf("migrate-incoming")).toBeLessThan(log.indexOf("migrate"));
  });

  it("sets the profile's limits; no cap is written as one that no link reaches", async () => {
    const completed = polled({ status: "completed", ram });
    for (const [given, limits] of [
      [cell, { "max-bandwidth": 2 ** 40, "downtime-limit": 300 }],
      [thesisCell, { "max-bandwidth": 33_554_432, "downtime-limit": 30 }],
    ] as const) {
      const { outcome, source } = await migrate({ source: completed, cell: given, watch: resuming });
      await outcome;
      expect(source.commands("migrate-set-parameters")).toEqual([limits]);
    }
  });

  it("keeps every poll that has figures, and the events of both sides", async () => {
    const { outcome, samples, events } = await migrate({
      source: polled(
        { status: "setup" },
        { status: "active", ram },
        { status: "device", ram },
        { status: "failed" },
      ),
      watch: (source) => ({
        nowMs: () => {
          source.event("MIGRATION", { status: "active" });
          return performance.now();
        },
      }),
    });
    await outcome;
    expect(samples.map(({ status }) => status)).toEqual(["active", "device"]);
    expect(new Set(events)).toEqual(new Set(["qmp-source MIGRATION"]));
  });

  it("leaves the guest running at the source when QEMU says that it failed, with QEMU's reason", async () => {
    const { outcome, source } = await migrate({
      source: {
        ...polled(
          { status: "active", ram },
          { status: "failed", "error-desc": "Connection reset by peer", ram },
        ),
        "query-status": () => ({ status: "paused" }),
      },
    });
    expect(await outcome).toMatchObject({
      status: "failed",
      reason: "Connection reset by peer",
      stopMs: null,
      resumeMs: null,
    });
    expect(source.commands("cont")).toHaveLength(1);
  });

  it("does not tell a guest to run that runs", async () => {
    const { outcome, source } = await migrate({
      source: { ...polled({ status: "failed" }), "query-status": () => ({ status: "running" }) },
    });
    expect((await outcome).status).toBe("failed");
    expect(source.commands("cont")).toEqual([]);
  });

  it("cancels a migration that does not converge", async () => {
    let cancelled = false;
    let clockMs = 0;
    const { outcome, source } = await migrate({
      source: {
        "query-migrate": () => ({
          status: cancelled ? "cancelled" : "active",
          ram: { ...ram, "dirty-pages-rate": 2560 },
        }),
        migrate_cancel: () => {
          cancelled = true;
        },
        "query-status": () => ({ status: "running" }),
      },
      nowMs: () => (clockMs += 20_000),
    });
    const limitS = Math.round(patienceMs(cell) / 1000);
    expect(await outcome).toMatchObject({
      status: "cancelled",
      reason: `did not converge within ${limitS} s: VM3 dirtied 10.0 MiB/s, the stream carried 39.3 MiB/s`,
    });
    expect(source.commands("migrate_cancel")).toHaveLength(1);
  });

  it("takes QEMU's last word: a migration that completes before the cancel is heeded stays where it went", async () => {
    let cancelled = false;
    let clockMs = 0;
    const { outcome, source } = await migrate({
      source: {
        "query-migrate": () => ({ status: cancelled ? "completed" : "active", ram }),
        migrate_cancel: () => {
          cancelled = true;
        },
        "query-status": () => ({ status: "postmigrate" }),
      },
      destination: { "query-status": () => ({ status: "running" }) },
      nowMs: () => (clockMs += 20_000),
    });
    await outcome;
    expect(source.commands("cont")).toEqual([]);
  });

  it("cancels when the cell is being ended, and rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    let cancelled = false;
    const { outcome, source } = await migrate({
      source: {
        "query-migrate": () => ({ status: cancelled ? "cancelled" : "active", ram }),
        migrate_cancel: () => {
          cancelled = true;
        },
        "query-status": () => ({ status: "running" }),
      },
      signal: controller.signal,
      watch: () => ({
        sample: () => {
          controller.abort(reason);
        },
      }),
    });
    await expect(outcome).rejects.toBe(reason);
    expect(source.commands("migrate_cancel")).toHaveLength(1);
  });

  it.each([
    [
      "the source",
      { source: { migrate: refuse("VM has a migration blocker") } },
      "VM has a migration blocker",
    ],
    [
      "the destination",
      { source: {}, destination: { "migrate-incoming": refuse("Address already in use") } },
      "Address already in use",
    ],
  ])(
    "never throws when %s refuses to begin",
    async (_, given: { source: Answers; destination?: Answers }, reason) => {
      const { outcome } = await migrate({
        ...given,
        source: { ...given.source, "query-status": () => ({ status: "running" }) },
      });
      expect(await outcome).toMatchObject({ status: "failed", reason, totalTimeMs: null, resumeMs: null });
    },
  );

  it("gives a migration up whose destination is lost, long before TCP would", async () => {
    let cancelled = false;
    const { outcome, source } = await migrate({
      source: {
        "query-migrate": () => ({ status: cancelled ? "cancelled" : "active", ram }),
        migrate_cancel: () => {
          cancelled = true;
        },
        "query-status": () => ({ status: "paused" }),
      },
      watch: (_, destination) => ({
        sample: () => {
          destination.die();
        },
      }),
    });
    expect(await outcome).toMatchObject({ status: "failed", reason: "the QEMU at the destination was lost" });
    expect(source.commands("migrate_cancel")).toHaveLength(1);
    expect(source.commands("cont"), "VM3 runs on where it is").toHaveLength(1);
  });

  it.each([
    ["lets VM3 run on at the source once the destination has died", false, 1],
    ["leaves VM3 stopped where a destination that does not answer may run it", true, 0],
  ])("%s after the copy and before it resumed", async (_, mayLive, continued) => {
    const { outcome, source } = await migrate({
      source: {
        ...polled({ status: "active", ram }, { status: "completed", ram }),
        "query-status": () => ({ status: "postmigrate" }),
      },
      watch: (_source, destination) => {
        vi.spyOn(destination.guest, "isAlive").mockResolvedValue(mayLive);
        return {
          sample: ({ status }) => {
            if (status === "completed") destination.die();
          },
        };
      },
    });
    expect(await outcome).toMatchObject({
      status: "failed",
      reason: "the QEMU at the destination was lost before the guest resumed",
    });
    expect(source.commands("cont")).toHaveLength(continued);
  });

  it("gives a migration up once something else that it needs is lost, with that cause", async () => {
    let cancelled = false;
    const { outcome } = await migrate({
      source: {
        "query-migrate": () => ({ status: cancelled ? "cancelled" : "active", ram }),
        migrate_cancel: () => {
          cancelled = true;
        },
        "query-status": () => ({ status: "running" }),
      },
      watch: () => ({ obstacle: () => "the links are gone" }),
    });
    expect(await outcome).toMatchObject({ status: "failed", reason: "the links are gone" });
  });

  it("never throws when QEMU dies at the source", async () => {
    const { outcome } = await migrate({
      source: polled({ status: "active", ram }),
      watch: (source) => ({
        sample: () => {
          source.die();
        },
      }),
    });
    expect(await outcome).toMatchObject({ status: "failed", reason: "the guest's control socket closed" });
  });
});

function refuse(why: string): () => never {
  return () => {
    throw new Error(why);
  };
}
