import { createHash } from "node:crypto";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { captureOutput } from "@oclif/test";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import Verify from "../../src/commands/verify.js";
import { verify } from "../../src/derived/verification.js";
import { ExitCode } from "../../src/failure.js";
import { RecordWriter } from "../../src/record/write.js";
import { CapturedEdge } from "../cli/captured-edge.js";
import { syntheticRun } from "../record/synthetic.js";
import { writeRun } from "./written-run.js";

const ID = "grid-bw350-rtt20-r1";
const CELL = `cells/${ID}/cell.json`;

let root: string;
let original: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cloudlet-verify-"));
  original = join(root, "original");
  await mkdir(original);
  await writeRun(original, [
    { bandwidthMbit: 350, rttMs: 20 },
    { bandwidthMbit: 350, rttMs: 50, status: "failed" },
  ]);
});
afterAll(() => rm(root, { recursive: true }));

let dir: string;
beforeEach(async () => {
  dir = join(root, "copy");
  await cp(original, dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

const differences = async () =>
  (await verify(dir)).differences.map(({ part, kind, path }) => `${part} ${kind} ${path}`);

/** Changes a JSON file, and SHA256SUMS with it, as a careful forger would. */
async function forge(path: string, edit: (value: Record<string, unknown>) => void): Promise<void> {
  const before = await readFile(join(dir, path));
  const value = JSON.parse(before.toString()) as Record<string, unknown>;
  edit(value);
  const after = `${JSON.stringify(value, undefined, 2)}\n`;
  await writeFile(join(dir, path), after);
  const hash = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
  const sums = await readFile(join(dir, "SHA256SUMS"), "utf8");
  await writeFile(join(dir, "SHA256SUMS"), sums.replace(hash(before), hash(after)));
}

describe("verifying a run", { timeout: 30_000 }, () => {
  it("finds all as it should be, and says of how much", async () => {
    const verification = await verify(dir);
    expect(verification.differences).toEqual([]);
    expect(verification).toMatchObject({ cells: 2 });
    const files = await readdir(dir, { recursive: true, withFileTypes: true });
    const { recorded, derived } = verification;
    expect(recorded + (derived ?? NaN)).toBe(files.filter((file) => file.isFile()).length);
  });

  it.each<[string, () => Promise<void>, string[]]>([
    ["a truncated run.json", () => truncate(join(dir, "run.json"), 90), ["record changed run.json"]],
    [
      "a truncated series",
      () => truncate(join(dir, `cells/${ID}/ping.csv.gz`), 90),
      [`record changed cells/${ID}/ping.csv.gz`],
    ],
    [
      "a missing series",
      () => rm(join(dir, `cells/${ID}/ping.csv.gz`)),
      [`record missing cells/${ID}/ping.csv.gz`],
    ],
    [
      "a missing cell",
      () => rm(join(dir, `cells/${ID}`), { recursive: true }),
      ["cell.json", "iperf.csv.gz", "migration.csv.gz", "ping.csv.gz", "probe.csv.gz", "subflow.csv.gz"].map(
        (file) => `record missing cells/${ID}/${file}`,
      ),
    ],
    [
      "a file in a cell",
      () => writeFile(join(dir, `cells/${ID}/notes.txt`), "x"),
      [`record extra cells/${ID}/notes.txt`],
    ],
    [
      "a cell of another run",
      () => cp(join(dir, "cells", ID), join(dir, "cells/other"), { recursive: true }),
      ["cell.json", "iperf.csv.gz", "migration.csv.gz", "ping.csv.gz", "probe.csv.gz", "subflow.csv.gz"].map(
        (file) => `record extra cells/other/${file}`,
      ),
    ],
    ["no list of hashes", () => rm(join(dir, "SHA256SUMS")), ["record missing SHA256SUMS"]],
    [
      "a garbled list of hashes",
      () => writeFile(join(dir, "SHA256SUMS"), "x\n"),
      ["record invalid SHA256SUMS"],
    ],
    [
      "a metric changed by hand",
      async () =>
        writeFile(
          join(dir, "figures/metrics.csv"),
          (await readFile(join(dir, "figures/metrics.csv"), "utf8")).replace("ok", "OK"),
        ),
      ["derived changed figures/metrics.csv"],
    ],
    [
      "a picture that is missing",
      () => rm(join(dir, "figures/fig-4-3.png")),
      ["derived missing figures/fig-4-3.png"],
    ],
    [
      "no figures at all but one of its own",
      async () => {
        await rm(join(dir, "comparison"), { recursive: true });
        await writeFile(join(dir, "figures/own.csv"), "a\n");
      },
      [
        "derived missing comparison/thesis.csv",
        "derived missing comparison/thesis.md",
        "derived extra figures/own.csv",
      ],
    ],
    [
      "a link to another file",
      () => symlink("/etc/hostname", join(dir, "cells", ID, "host")),
      [`record extra cells/${ID}/host`],
    ],
  ])("names %s", async (_, damage, expected) => {
    await damage();
    expect(await differences()).toEqual(expected);
  });

  it("judges by the measurements, whatever the attestation and its hash say", async () => {
    await forge(CELL, (cell) => {
      (cell.attestation as { before: { rateBps: number } }).before.rateBps = 200e6;
    });
    const {
      differences: [found],
      derived,
    } = await verify(dir);
    expect(found).toMatchObject({ path: CELL, kind: "invalid" });
    expect(found?.detail).toMatch(
      /says valid, its measurements invalid: before the migration .* 200\.0 Mbit\/s/,
    );
    expect(derived).toBeNull();
  });

  it("refuses a failed cell that was made ok", async () => {
    await forge("cells/grid-bw350-rtt50-r1/cell.json", (cell) => {
      cell.status = "ok";
    });
    expect((await verify(dir)).differences[0]?.detail).toBe("it is ok with reasons against it");
  });

  it("says which file a hash made to fit cannot save: schema, rows, version", async () => {
    await forge(CELL, (cell) => {
      cell.durationS = "long";
    });
    expect((await verify(dir)).differences).toMatchObject(
      [{ path: CELL, kind: "invalid", detail: /^durationS: / }].map(({ detail, ...rest }) => ({
        ...rest,
        detail: expect.stringMatching(detail) as unknown,
      })),
    );
    await forge("run.json", (run) => {
      run.schema = "cloudlet.run/0";
    });
    expect((await verify(dir)).differences.find(({ path }) => path === "run.json")?.detail).toMatch(
      /its format is cloudlet\.run\/0/,
    );
  });

  it("finds a series that was changed together with the list of hashes", async () => {
    const path = join(dir, `cells/${ID}/iperf.csv.gz`);
    const before = await readFile(path);
    const after = gzipSync(gunzipSync(before).toString().replace("device,2000", "device,2001"));
    await writeFile(path, after);
    const hash = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");
    const sums = await readFile(join(dir, "SHA256SUMS"), "utf8");
    await writeFile(join(dir, "SHA256SUMS"), sums.replace(hash(before), hash(after)));
    expect(await differences()).toEqual([`record invalid cells/${ID}/iperf.csv.gz`]);
  });

  it("writes nothing", async () => {
    const state = async () =>
      Promise.all(
        (await readdir(dir, { recursive: true })).sort().map(async (name) => {
          const { mtimeMs, ctimeMs, size } = await stat(join(dir, name));
          return [name, mtimeMs, ctimeMs, size];
        }),
      );
    await rm(join(dir, "report.html"));
    const before = await state();
    await verify(dir);
    expect(await state()).toEqual(before);
  });
});

describe("cloudlet verify", { timeout: 30_000 }, () => {
  async function run(...argv: string[]) {
    const captured = new CapturedEdge();
    class Captured extends Verify {
      protected override readonly edge = captured.edge;
    }
    const { error, stdout } = await captureOutput(() =>
      Captured.run(argv, join(import.meta.dirname, "../..")),
    );
    return { out: captured.out, stdout, err: captured.err, exit: error?.oclif?.exit ?? ExitCode.Ok };
  }

  it("answers programs with every difference, and then with the error", async () => {
    await rm(join(dir, "report.html"));
    const { out, exit } = await run(dir, "--json");
    expect(exit).toBe(ExitCode.VerificationFailed);
    const [result, error] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(result).toMatchObject({
      type: "verification",
      dir,
      differences: [{ path: "report.html", kind: "missing" }],
    });
    expect(error).toMatchObject({ type: "error", exitCode: 6, kind: "verification" });
  });

  it("tells a person how to mend it", async () => {
    await rm(join(dir, "report.html"));
    expect((await run(dir)).err).toContain(
      `1 file differs → make what is derived anew: cloudlet figures ${dir}`,
    );
    await truncate(join(dir, "run.json"), 10);
    expect((await run(dir)).err).toContain("restore the record from a copy");
  });

  it("ends well when nothing differs", async () => {
    expect((await run(dir)).exit).toBe(ExitCode.Ok);
  });

  it("refuses what is no finished record, exit code 2", async () => {
    const nowhere = await run(join(dir, "nowhere"));
    expect(nowhere.exit).toBe(ExitCode.Usage);
    expect(nowhere.err).toMatch(/no record of a run is here/);
    const half = join(dir, "half");
    await RecordWriter.create(half, syntheticRun());
    const { exit, err } = await run(half);
    expect(exit).toBe(ExitCode.Usage);
    expect(err).toMatch(/the run never finished.*go on with it/);
  });
});
