import { describe, expect, it } from "vitest";
import { migrationInfoSchema, migrationSample } from "../../src/probe/migration.js";

/** As QEMU 7.2 answers query-migrate in the middle of a migration. */
const active = {
  status: "active",
  "total-time": 1234,
  "expected-downtime": 300,
  "setup-time": 3,
  ram: {
    total: 2_164_981_760,
    "postcopy-requests": 0,
    "dirty-sync-count": 1,
    "multifd-bytes": 0,
    "pages-per-second": 9210,
    "page-size": 4096,
    remaining: 1_983_217_664,
    mbps: 312.04,
    transferred: 48_201_337,
    duplicate: 30_211,
    "dirty-pages-rate": 0,
    skipped: 0,
    "normal-bytes": 47_955_968,
    normal: 11_708,
  },
};

describe("migrationSample", () => {
  it("keeps one poll of query-migrate under the observer's time", () => {
    expect(migrationSample(migrationInfoSchema.parse(active), 777.5)).toEqual({
      tMs: 777.5,
      status: "active",
      transferredBytes: 48_201_337,
      remainingBytes: 1_983_217_664,
      normalPages: 11_708,
      duplicatePages: 30_211,
      dirtySyncCount: 1,
      dirtyPagesPerS: 0,
      throughputMbit: 312.04,
      expectedDowntimeMs: 300,
    });
  });

  it("leaves empty what QEMU does not say at the end", () => {
    const { "dirty-pages-rate": _, ...ram } = active.ram;
    const completed = { status: "completed", "total-time": 6900, downtime: 39, ram };
    expect(migrationSample(migrationInfoSchema.parse(completed), 0)).toMatchObject({
      status: "completed",
      dirtyPagesPerS: null,
      expectedDowntimeMs: null,
    });
  });

  it("is none before QEMU has counted anything", () => {
    const info = migrationInfoSchema.parse({});
    expect(info.status).toBe("none");
    expect(migrationSample(info, 0)).toBeUndefined();
    expect(
      migrationSample(migrationInfoSchema.parse({ status: "setup", "total-time": 2 }), 0),
    ).toBeUndefined();
  });

  it("does not take an answer of another shape for one", () => {
    expect(migrationInfoSchema.safeParse({ status: "active", ram: { transferred: "many" } }).success).toBe(
      false,
    );
  });
});
