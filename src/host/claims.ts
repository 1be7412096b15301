import { appendFile, mkdir, readFile } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import { RUNS_DIR } from "./ledger.js";
import { identifyProcess, isAlive } from "./live-process.js";

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
    at: z.iso.datetime(),
  }),
  z.strictObject({ op: z.literal("release"), ...identity }),
]);
type Entry = z.infer<typeof entrySchema>;
export type Claim = Extract<Entry, { op: "claim" }>;

export interface ClaimRequest extends Share {
  readonly runId: string;
  readonly testbed: string;
  /** Waits until those before it have ended, instead of giving up. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

const POLL_MS = 500;

/**
 * Which runs share this machine: measurements that fight for its processors say nothing. One line a claim, in the order
 * in which they were made, and the first ones have it; a claim of a process that is gone counts for nothing.
 */
export class Claims {
  constructor(
    private readonly file = join(RUNS_DIR, "claims.jsonl"),
    private readonly machine = thisMachine,
  ) {}

  /**
   * Holds a share until it is disposed of.
   *
   * @throws Failure (environment) that names the runs in its way, or when the machine is too small.
   */
  async claim(request: ClaimRequest): Promise<AsyncDisposable> {
    const { runId, testbed, cores, memoryMiB, wait, signal, note } = request;
    const self = await identifyProcess(process.pid);
    if (self === undefined) throw new Error("/proc says nothing of this process");
    const release = () => this.write({ op: "release", ...self, runId });
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await this.write({
      ...{ op: "claim", ...self, runId, testbed, cores, memoryMiB },
      at: new Date().toISOString(),
    });
    try {
      let isWaiting = false;
      for (;;) {
        const obstacle = this.obstacle(request, await this.before(runId));
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

  /** Claims of living processes, the first one first. */
  async living(): Promise<Claim[]> {
    const claims = new Map<string, Claim>();
    for (const entry of await this.entries()) {
      const key = `${entry.pid} ${entry.startTicks} ${entry.runId}`;
      if (entry.op === "claim") claims.set(key, entry);
      else claims.delete(key);
    }
    const living: Claim[] = [];
    for (const claim of claims.values()) if (await isAlive(claim)) living.push(claim);
    return living;
  }

  private async before(runId: string): Promise<Claim[]> {
    const living = await this.living();
    return living.slice(
      0,
      living.findIndex((claim) => claim.runId === runId),
    );
  }

  private obstacle(
    { cores, memoryMiB }: Share,
    others: readonly Claim[],
  ): { readonly passes: boolean; readonly failure: Failure } | undefined {
    const { machine } = this;
    const refusal = (message: string, mend: string) =>
      new Failure(message, { kind: "environment", place: "this machine", mend });
    const taken = others.reduce((sum, other) => sum + other.cores, 0);
    // A machine that is too small for one run carries it all the same, and attestation says how well.
    if (others.length > 0 && taken + cores > machine.cores) {
      return {
        passes: true,
        failure: refusal(
          `it takes ${cores} of ${machine.cores} cores, and ${others.map(inWords).join(" and ")}`,
          "wait for its end: --wait",
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

const inWords = ({ runId, testbed, pid, cores, at }: Claim): string =>
  `run ${runId} (testbed ${testbed}, process ${pid}) has had ${cores} since ${at.slice(0, 19).replace("T", " ")} UTC`;
