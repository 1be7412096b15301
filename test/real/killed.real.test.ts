import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killAndResume, twoCells } from "../faults/kill-and-resume.js";
import { requireNetns } from "./require-testbed.js";

describe("a run that is killed", () => {
  beforeEach(requireNetns());

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-killed-"));
  });
  afterEach(() => rm(out, { recursive: true }));

  // A hundred random moments are in test/faults. Here: among the first things it makes, and well into its cells.
  it.each([1500, 9000])("leaves nothing that down and --resume don't mend, after %i ms", async (atMs) => {
    const killed = await killAndResume(twoCells(1), join(out, "run"), atMs);
    expect(killed.tooLate).toBe(false);
  });
});
