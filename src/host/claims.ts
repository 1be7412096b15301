import { access, appendFile, mkdir, readFile } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import { RUNS_DIR } from "./ledger.js";
import { identifyProcess, isAlive, type ProcessIdentity } from "./live-process.js";

/** What a run takes of this machine while it lasts. */
export interface Share {
  readonly cores: number;
  readonly memoryMiB: number;
}

/** What there is of this machine; memory as it is at the moment. */
interface Machine {
  readonly cores: number;
  readonly totalMiB: number;
  freeMiB(): number;
}

const thisMachine: Machine = {
  cores: availableParallelism(),
  totalMiB: Math.floor(totalmem() / 2 ** 20),
  freeMiB: () => Math.floor(freemem() / 2 ** 20),
};

const identity = { pid: z.int(), startTicks: z.int(), runId: z.string() };
const entrySchema = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("claim"),
    ...identity,
    testbed: z.string(),
    cores: z.number(),
    memoryMiB: z.number(),
    /** Of a lab, which outlasts the process that brought it up: folder that is there as long as the lab is. */
    labFolder: z.string().optional(),
    at: z.iso.datetime(),
  }),
  z.strictObject({ op: z.literal("release"), ...identity }),
]);
type Entry = z.infer<typeof entrySchema>;
export type Claim = Extract<Entry, { op: "claim" }>;

export interface ClaimRequest extends Share {
  readonly runId: string;
  readonly testbed: string;
  /** For a lab: folder that is there as long as the lab is. */
  readonly labFolder?: string;
  /** Waits until those before it have ended, instead of giving up. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

const POLL_MS = 500;

/**
 * Which runs and labs share this machine: measurements that fight for its processors say nothing. One line a claim, in
 * the order in which they were made, and the first ones have it; a claim of a process or a lab that is gone counts for
 * nothing.
 */
export class Claims {
  constructor(
    private readonly file = join(RUNS_DIR, "claims.jsonl"),
    private readonly machine = thisMachine,
  ) {}

  /**
   * Holds a share until it is disposed of.
   *
   * @throws Failure (environment) that names the runs and labs in its way, or when the machine is too small.
   */
  async claim(request: ClaimRequest): Promise<AsyncDisposable> {
    const { runId, testbed, cores, memoryMiB, labFolder, wait, signal, note } = request;
    const self = await identifyProcess(process.pid);
    if (self === undefined) throw new Error("/proc says nothing of this process");
    const release = () => this.write({ op: "release", ...self, runId });
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await this.write({
      ...{ op: "claim", ...self, runId, testbed, cores, memoryMiB },
      ...(labFolder === undefined ? {} : { labFolder }),
      at: new Date().toISOString(),
    });
    try {
      let isWaiting = false;
      for (;;) {
        const obstacle = this.obstacle(request, await this.before({ ...self, runId }));
        if (obstacle === undefined) return { [Symbol.asyncDispose]: release };
        if (!wait || !obstacle.passes) throw obstacle.failure;
        if (!isWaiting) note(`waiting: ${obstacle.failure.message}`);
        isWaiting = true;
        await sleep(POLL_MS, undefined, { signal }).catch(() => {
          signal.throwIfAborted();
        });
      }
    } catch (error) {
      await release();
      throw error;
    }
  }

  /**
   * Holds a share for a lab until its folder is gone. If it does not come up, nothing is held.
   *
   * @throws Failure (environment) as `claim` does.
   */
  async claimForLab<T>(
    request: Omit<ClaimRequest, "wait"> & { readonly labFolder: string },
    bringUp: () => Promise<T>,
  ): Promise<T> {
    const held = await this.claim({ ...request, wait: false });
    try {
      return await bringUp();
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Claims of living processes and standing labs, the first one first. */
  async living(): Promise<Claim[]> {
    const claims = new Map<string, Claim>();
    for (const entry of await this.entries()) {
      const key = `${entry.pid} ${entry.startTicks} ${entry.runId}`;
      if (entry.op === "claim") claims.set(key, entry);
      else claims.delete(key);
    }
    const living: Claim[] = [];
    for (const claim of claims.values()) {
      if ((await isAlive(claim)) || (await stands(claim))) living.push(claim);
    }
    return living;
  }

  private async before(own: ProcessIdentity & { readonly runId: string }): Promise<Claim[]> {
    const living = await this.living();
    return living.slice(
      0,
      living.findIndex(({ pid, runId }) => pid === own.pid && runId === own.runId),
    );
  }

  private obstacle(
    { cores, memoryMiB, labFolder }: Pick<ClaimRequest, keyof Share | "labFolder">,
    others: readonly Claim[],
  ): { readonly passes: boolean; readonly failure: Failure } | undefined {
    const { machine } = this;
    const refusal = (message: string, mend: string) =>
      new Failure(message, { kind: "environment", place: "this machine", mend });
    // In labs a person works by hand, and nothing is measured while they stand: they don't fight among themselves.
    const rivals = labFolder === undefined ? others : others.filter((other) => other.labFolder === undefined);
    const taken = rivals.reduce((sum, other) => sum + other.cores, 0);
    // A machine that is too small for one run carries it all the same, and attestation says how well.
    if (rivals.length > 0 && taken + cores > machine.cores) {
      const lab = rivals.find((other) => other.labFolder !== undefined);
      const wait = labFolder === undefined ? "wait for its end: --wait" : "wait until it has ended";
      return {
        passes: true,
        failure: refusal(
          `it takes ${cores} of ${machine.cores} cores, and ${rivals.map(inWords).join(" and ")}`,
          lab === undefined ? wait : `cloudlet down ${lab.runId}`,
        ),
      };
    }
    const claimedMiB = others.reduce((sum, other) => sum + other.memoryMiB, 0);
    if (memoryMiB <= machine.freeMiB() && claimedMiB + memoryMiB <= machine.totalMiB) return undefined;
    const isEnough = memoryMiB <= machine.totalMiB;
    return {
      passes: others.length > 0 && isEnough,
      failure: refusal(
        `it takes ${memoryMiB} MiB of memory, and ${machine.freeMiB()} are free${others.length === 0 ? "" : `; ${others.map(inWords).join(" and ")}`}`,
        isEnough ? "end what else uses the memory, or take a smaller guest" : "take a smaller guest",
      ),
    };
  }

  private async entries(): Promise<Entry[]> {
    const text = await readFile(this.file, "utf8");
    return text.split("\n").flatMap((line) => {
      try {
        // A line cut short by a crash says nothing: its process is gone.
        return [entrySchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
  }

  private write(entry: Entry): Promise<void> {
    return appendFile(this.file, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }
}

const inWords = ({ runId, testbed, pid, cores, labFolder, at }: Claim): string => {
  const who =
    labFolder === undefined
      ? `run ${runId} (testbed ${testbed}, process ${pid})`
      : `lab ${runId} (testbed ${testbed})`;
  return `${who} has had ${cores} since ${at.slice(0, 19).replace("T", " ")} UTC`;
};

const stands = ({ labFolder }: Claim): Promise<boolean> =>
  labFolder === undefined
    ? Promise.resolve(false)
    : access(labFolder).then(
        () => true,
        () => false,
      );
