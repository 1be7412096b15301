import { createHash } from "node:crypto";
import { renderFigures } from "../../src/figure/render.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { baselineCells, syntheticThesisRun } from "../record/synthetic-baseline.js";

/** A program: hashes of every file of a small run, as JSON. */
const recording = syntheticThesisRun(baselineCells(1), [
  { bandwidthMbit: 350, rttMs: 20 },
  { bandwidthMbit: 60, rttMs: 20 },
]);
const files = await renderFigures(await measureRun(recording));
const hashes = files.map(({ path, content }) => [path, createHash("sha256").update(content).digest("hex")]);
process.stdout.write(JSON.stringify(Object.fromEntries(hashes)));
