import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { commandError } from "../../src/cli/command-error.js";
import { RecordWriter } from "../../src/record/write.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";
import { filesOf, lay, type Tampering } from "./hostile-record.js";

/** A folder with a record in it, and beside it what the record must not lead to. */
export class RecordSandbox {
  private constructor(
    private readonly folder: string,
    /** Every file of the record before anything was done to it, by its path. */
    readonly intact: ReadonlyMap<string, Buffer>,
  ) {}

  static async make(): Promise<RecordSandbox> {
    const folder = await mkdtemp(join(tmpdir(), "cloudlet-fuzz-"));
    await writeSmallRecord(join(folder, "record"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
    return new RecordSandbox(folder, await filesOf(join(folder, "record")));
  }

  get record(): string {
    return join(this.folder, "record");
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** Lays the record anew and does things to it; nothing is left of the case before. */
  async tamper(deeds: readonly Tampering[]): Promise<void> {
    await rm(this.record, { recursive: true, force: true });
    for (const name of ["elsewhere", "outside"]) {
      await rm(join(this.folder, name), { recursive: true, force: true });
    }
    await mkdir(join(this.folder, "outside"));
    await writeFile(join(this.folder, "outside/secret"), "secret");
    await lay(this.intact, this.record);
    // One deed may well leave nothing for the next to be done to.
    for (const deed of deeds) await deed(this.record).catch(() => undefined);
  }

  /** A result; or what a person is told in one line, with its place in the record, and undefined. */
  async handled<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const { json, lines } = commandError(error);
      if (json.kind === "bug") throw error;
      for (const line of lines) {
        expect(line).toContain(this.record);
        expect(line).not.toMatch(/[\r\n]/);
      }
      return undefined;
    }
  }

  async expectNothingOutside(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name !== "elsewhere");
    expect(names).toEqual(["fifo", "outside", "record"]);
    expect(await readdir(join(this.folder, "outside"))).toEqual(["secret"]);
    expect(await readFile(join(this.folder, "outside/secret"), "utf8")).toBe("secret");
  }
}

/** Small enough to be read ten thousand times. */
async function writeSmallRecord(dir: string): Promise<void> {
  const writer = await RecordWriter.create(dir, syntheticRun());
  const every = <T>(rows: readonly T[], nth: number) => rows.filter((_, index) => index % nth === 0);
  for (const bandwidthMbit of [350, 60]) {
    const { record, series } = syntheticCell({ bandwidthMbit, rttMs: 20 });
    await writer.writeCell(record, {
      ...series,
      probe: every(series.probe, 100),
      ping: every(series.ping, 4),
      iperf: every(series.iperf, 20),
      migration: every(series.migration, 40),
    });
  }
  await writer.finish("2024-05-01T13:00:00Z");
}
