import { expect, it } from "vitest";
import type { Walk } from "../../../src/experiment/schema.js";
import { metric } from "../../../src/metric/catalog/gap-limit.js";
import { walkCell } from "../../record/synthetic-walk.js";

const limitOf = (walk: Walk) => metric.compute(walkCell(walk));

it.each(["full", "backup"] as const)("is TCP's limit, then MPTCP's: %s", (mode) => {
  const limit = limitOf({ mode, gapS: 5 });
  expect(limit?.value).toBeCloseTo(204.6 + 60 + 45, 6);
  expect(limit?.errorBound).toBe(60);
});

it("is none that is known where the device removes its only subflow", () => {
  expect(limitOf({ mode: "single-path", gapS: 5 })).toBeUndefined();
});

it("is none where the device is never without a network", () => {
  expect(limitOf({ mode: "full", gapS: -2 })).toBeUndefined();
  const cellular = { rateBps: 10e6, rttMs: 60, jitterMs: 5 };
  expect(limitOf({ mode: "full", gapS: 5, cellular })).toBeUndefined();
});

it("is unknown where the record does not say what was in force", () => {
  const cell = walkCell({ mode: "full", gapS: 5 });
  const { attestation } = cell.record;
  if (attestation === null) throw new Error("the made-up walk has no attestation");
  const before = { ...attestation.before, sysctls: { vm4: { "net.mptcp.close_timeout": "45" } } };
  const record = { ...cell.record, attestation: { ...attestation, before } };
  expect(metric.compute({ ...cell, record })).toBeUndefined();
});
