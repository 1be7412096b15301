import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { derivedSeed, mulberry32 } from "../../src/experiment/seeded-random.js";
import { requireNetns } from "../real/require-testbed.js";
import { killAndResume, type Killed, twoCells } from "./kill-and-resume.js";

const KILLS = Number(process.env.KILLS ?? 100);
const FIRST = Number(process.env.FIRST_KILL ?? 1);
/** Longer than the run takes, so that its last steps are hit as well; a kill that comes too late is drawn again. */
const RUN_MS = Number(process.env.RUN_MS ?? 16_000);

describe("a run that is killed at any moment", () => {
  beforeEach(requireNetns());

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-killed-"));
  });
  afterEach(() => rm(out, { recursive: true }));

  const seen: Killed[] = [];
  afterAll(() => {
    process.stdout.write(`${JSON.stringify({ kills: seen })}\n`);
  });

  it.each(Array.from({ length: KILLS }, (_, index) => FIRST + index))(
    "leaves nothing that down and --resume don't mend: kill %i",
    async (nth) => {
      const random = mulberry32(derivedSeed(2014, `kill ${nth}`));
      for (let tries = 0; ; tries++) {
        const killed = await killAndResume(twoCells(nth), join(out, `run${tries}`), random.integer(RUN_MS));
        if (killed.tooLate) continue;
        seen.push(killed);
        expect(killed.whole).toBeLessThanOrEqual(2);
        return;
      }
    },
    300_000,
  );
});
