import { join } from "node:path";
import { Flags } from "@oclif/core";
import { COMPARISON_FOLDER } from "../compare/files.js";
import { MAX_SEED } from "../experiment/seeded-random.js";
import { DATA_PACKAGE_FILE } from "../derived/data-package.js";
import { derive, writeDerived } from "../derived/derive.js";
import { ExitCode, Failure } from "../failure.js";
import { type ClaimRequest, Claims } from "../host/claims.js";
import { FIGURES_FOLDER } from "../figure/render.js";
import { type MeasuredRun, measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";
import { REPORT_FILE } from "../report/write.js";
import type { Report } from "../run/progress.js";
import { holdsFinishedRun, unfinishedRun } from "../run/run-folder.js";
import { BaseCommand } from "./base-command.js";
import type { DerivedPaths } from "./json-stream.js";
import { JunitFile } from "./junit-file.js";
import { commit } from "./package-folder.js";
import { jsonProgress } from "./progress-json.js";
import { lineProgress } from "./progress-lines.js";
import { LiveProgress } from "./progress-live.js";
import { resumePlan, runPlan, type RunPlanOutcome, type RunRequest } from "./run-plan.js";
import { loadTestbeds, testbedFlags, testbedOf, type TestbedFlags } from "./testbeds.js";
import { type RepeatFlags, repeatOf } from "./until-ci.js";

/** Flags of every command that carries out experiments. */
export const runFlags = {
  ...testbedFlags,
  profile: Flags.string({
    summary: "Knobs of network stack, link and hypervisor.",
    helpValue: "NAME|FILE",
    default: "thesis-2014",
  }),
  repeat: Flags.integer({
    helpValue: "N",
    summary: "Measure each point so often: 1 when left out, or 3 with --until-ci, where it is the minimum.",
    min: 1,
    max: 1000,
  }),
  "until-ci": Flags.string({
    summary: "Repeat each point until the 95 % interval of its mean is no wider than ± this share of it.",
    helpValue: "PERCENT%",
  }),
  "max-repeat": Flags.integer({
    helpValue: "N",
    summary: "Repetitions at most, with --until-ci; 10 when left out.",
    min: 2,
    max: 1000,
    dependsOn: ["until-ci"],
  }),
  seed: Flags.integer({
    helpValue: "N",
    summary: "Seed of the cells' order and of all else that is random; drawn and recorded when left out.",
    min: 0,
    max: MAX_SEED,
  }),
  out: Flags.string({
    summary: "Folder of the record; a new one under runs/ when left out.",
    helpValue: "DIR",
  }),
  junit: Flags.string({
    summary: "Write the cells as test cases into this file, for CI: JUnit XML.",
    helpValue: "FILE",
  }),
  wait: Flags.boolean({
    summary: "Where another run has what this one takes of the machine: wait until it has ended.",
  }),
  retries: Flags.integer({
    helpValue: "N",
    summary:
      "Measure a cell that is not ok so often again, after 5, 10, 20 s and so on; never a simulated one.",
    min: 0,
    max: 100,
    default: 1,
  }),
  resume: Flags.string({
    summary: "Go on with the interrupted run in this folder, as its record says, and with no other flag.",
    helpValue: "DIR",
    exclusive: [
      ...[
        "testbed",
        "machines",
        "profile",
        "repeat",
        "until-ci",
        "max-repeat",
        "seed",
        "out",
        "pcap",
        "only",
      ],
    ],
  }),
  pcap: Flags.boolean({
    summary: "Capture the headers of the device's packets into the record, for Wireshark.",
  }),
};

interface RunFlags extends RepeatFlags, TestbedFlags {
  readonly profile: string;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly pcap: boolean;
  readonly retries: number;
  readonly wait: boolean;
  readonly resume?: string | undefined;
  readonly junit?: string | undefined;
}

/** A finished run with its metrics. */
export interface FinishedRun {
  readonly dir: string;
  readonly measured: MeasuredRun;
}

/** A run from its beginning, or from where it was interrupted, to its end or until the signal. */
type Part = (signal: AbortSignal, report: Report) => Promise<RunPlanOutcome>;

/** A command that carries out experiments: its progress, its interruption, and what follows every run. */
export abstract class RunningCommand extends BaseCommand {
  /**
   * Carries out a plan and reads its record back.
   *
   * @throws Failure (interrupted) that names the command which goes on with the run.
   */
  protected async carryOut(
    plan: Pick<RunRequest, "experiments" | "only" | "title">,
    flags: RunFlags,
  ): Promise<FinishedRun> {
    const junit = flags.junit === undefined ? undefined : await JunitFile.at(flags.junit);
    const { resume } = flags;
    // Killed between its last cell and its charts: only what is derived of it is left to make.
    if (resume !== undefined && (await holdsFinishedRun(resume))) {
      await junit?.write(resume);
      return await this.readBack(resume);
    }
    const part = resume === undefined ? await this.begun(plan, flags) : await this.resumed(resume, flags);
    const outcome = await this.watched(part, (event) => junit?.note(event));
    // Of a run that was interrupted in its first cell nothing is left to report on.
    if (outcome.recorded > 0) await junit?.write(outcome.dir);
    if (outcome.interrupted) throw this.interruption(outcome);
    return await this.readBack(outcome.dir);
  }

  private async readBack(dir: string): Promise<FinishedRun> {
    const measured = await measureRun(await openRecording(dir));
    const allOk = measured.cells.every(({ record }) => record.status === "ok");
    process.exitCode = allOk ? ExitCode.Ok : ExitCode.CellFailed;
    // A simulation would only come to the same again.
    if (!allOk && measured.run.testbed.kind === "emulation") {
      this.log(`What is not ok can be tried again: ${this.goOn(dir)}`);
    }
    return { dir, measured };
  }

  private async begun(
    plan: Pick<RunRequest, "experiments" | "only" | "title">,
    flags: RunFlags,
  ): Promise<Part> {
    const request: RunRequest = {
      ...plan,
      ...(await this.manner(flags)),
      profile: flags.profile,
      repeat: repeatOf(flags),
      seed: flags.seed,
      dir: flags.out,
      machines: flags.machines,
      capturePackets: flags.pcap,
    };
    return (signal, report) => runPlan(request, this.edge, signal, report);
  }

  /** @throws Failure (record) for a folder that holds no interrupted run. */
  private async resumed(dir: string, flags: RunFlags): Promise<Part> {
    const run = await unfinishedRun(dir);
    if (run === undefined) {
      throw new Failure("no run was begun here", {
        kind: "record",
        place: dir,
        mend: "name the folder of an interrupted run",
      });
    }
    const machines = run.asked?.machines ?? undefined;
    const manner = await this.manner({ ...flags, testbed: run.testbed.name, machines });
    return (signal, report) => resumePlan({ ...manner, dir, run }, this.edge, signal, report);
  }

  private async manner(flags: RunFlags) {
    return {
      testbed: await testbedOf(await loadTestbeds(), flags),
      retries: flags.retries,
      claim: (request: Omit<ClaimRequest, "wait">) => new Claims().claim({ ...request, wait: flags.wait }),
      software: { version: this.config.version, commit: await commit(this.edge.exec) },
    };
  }

  /** Makes all that is derived of the record: figures, comparison, report, data package. */
  protected async derive({ dir, measured }: FinishedRun): Promise<DerivedPaths> {
    const derived = await derive(measured, dir);
    const paths = await writeDerived(derived, dir);
    const inFolder = (name: string) => paths.filter((path) => path.startsWith(join(dir, name, "/")));
    return {
      figures: inFolder(FIGURES_FOLDER),
      comparison: inFolder(COMPARISON_FOLDER),
      report: join(dir, REPORT_FILE),
      dataPackage: join(dir, DATA_PACKAGE_FILE),
      skipped: derived.skipped,
    };
  }

  /** @param listener hears every event after the person or program who watches. */
  private watched(part: Part, listener: Report): Promise<RunPlanOutcome> {
    return this.interruptible(async (signal) => {
      const { stdout, clock } = this.edge;
      const write = (text: string) => {
        stdout.write(text);
      };
      const run = (report: Report) =>
        part(signal, (event) => {
          report(event);
          listener(event);
        });
      if (this.jsonEnabled()) return await run(jsonProgress(write, clock));
      if (!stdout.isLive) return await run(lineProgress(write));
      using live = new LiveProgress(stdout, clock);
      return await run(live.report);
    });
  }

  private goOn(dir: string): string {
    return [this.config.bin, this.id ?? "run", "--resume", dir].map(shellWord).join(" ");
  }

  /** Names the command that goes on with the run, where there is something to go on with. */
  private interruption({ dir, remaining, recorded }: RunPlanOutcome): Failure {
    return new Failure(
      `interrupted; cells not reached: ${remaining}; what the run made on the machine is removed`,
      {
        kind: "interrupted",
        ...(recorded > 0 ? { mend: `go on with: ${this.goOn(dir)}` } : {}),
      },
    );
  }
}

/** A word as a POSIX shell takes it back unchanged. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
