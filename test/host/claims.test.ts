import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Claims } from "../../src/host/claims.js";
import { identifyProcess } from "../../src/host/live-process.js";
import { failureFrom } from "../experiment/failure-of.js";

const linux = process.platform === "linux";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-claims-"));
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = () => join(folder, "runs", "claims.jsonl");
const machine = (cores: number, freeMiB = 8000) => ({ cores, totalMiB: 8000, freeMiB: () => freeMiB });
const { signal } = new AbortController();
const request = (runId: string, cores: number, memoryMiB = 1000) => ({
  ...{ runId, testbed: "netns", cores, memoryMiB, wait: false, signal },
  note: () => undefined,
});

/** Makes every claim one of an earlier process that had this one's pid. */
async function endClaimant(): Promise<void> {
  const { startTicks } = (await identifyProcess(process.pid)) ?? { startTicks: 0 };
  const text = await readFile(fileOf(), "utf8");
  await writeFile(fileOf(), text.replaceAll(`"startTicks":${startTicks}`, `"startTicks":${startTicks - 1}`));
}

describe.skipIf(!linux)("Claims, by Linux's /proc", () => {
  it("lets runs go side by side while they fit", async () => {
    const claims = new Claims(fileOf(), machine(8));
    await claims.claim(request("a", 2));
    await claims.claim(request("b", 6));
    expect((await claims.living()).map(({ runId }) => runId)).toEqual(["a", "b"]);
  });

  it("names the run that is in the way, and leaves no claim behind", async () => {
    const claims = new Claims(fileOf(), machine(2));
    await claims.claim(request("a", 2));
    const { kind, line } = await failureFrom(claims.claim(request("b", 2)));
    expect(kind).toBe("environment");
    expect(line).toMatch(
      new RegExp(
        `it takes 2 of 2 cores, and run a \\(testbed netns, process ${process.pid}\\) has had 2 since 20.* UTC → wait for its end: --wait$`,
      ),
    );
    expect(await claims.living()).toHaveLength(1);
  });

  it("carries one run on a machine that is too small for it", async () => {
    await new Claims(fileOf(), machine(1)).claim(request("a", 4));
  });

  it("does not begin what the memory has no room for, alone or not", async () => {
    await expect(new Claims(fileOf(), machine(8, 900)).claim(request("a", 1))).rejects.toThrow(
      /takes 1000 MiB of memory, and 900 are free$/,
    );
    const claims = new Claims(fileOf(), machine(8));
    await claims.claim(request("b", 1, 5000));
    await expect(claims.claim(request("c", 1, 5000)), "b may not have taken its share yet").rejects.toThrow(
      /run b/,
    );
  });

  it("waits its turn when asked to, in the order of asking", async () => {
    const claims = new Claims(fileOf(), machine(2));
    const first = await claims.claim(request("a", 2));
    const order: string[] = [];
    const queue = (runId: string) =>
      claims.claim({ ...request(runId, 2), wait: true }).then(async (held) => {
        order.push(runId);
        await held[Symbol.asyncDispose]();
      });
    const second = queue("b");
    while ((await claims.living()).length < 2) await sleep(5);
    const third = queue("c");
    await sleep(20);
    expect(order).toEqual([]);
    await first[Symbol.asyncDispose]();
    await Promise.all([second, third]);
    expect(order).toEqual(["b", "c"]);
  });

  it("waits no longer once it is interrupted", async () => {
    const claims = new Claims(fileOf(), machine(2));
    await claims.claim(request("a", 2));
    const controller = new AbortController();
    const waiting = claims.claim({ ...request("b", 2), wait: true, signal: controller.signal });
    controller.abort(new Error("Ctrl-C"));
    await expect(waiting).rejects.toThrow("Ctrl-C");
    expect(await claims.living()).toHaveLength(1);
  });

  it("counts for nothing what a dead process has claimed, and a line that it left half-written", async () => {
    const claims = new Claims(fileOf(), machine(2));
    await claims.claim(request("a", 1));
    await endClaimant();
    await appendFile(fileOf(), (await readFile(fileOf(), "utf8")).trim().slice(0, 40));
    await claims.claim(request("b", 2));
    expect((await claims.living()).map(({ runId }) => runId)).toEqual(["b"]);
  });

  describe("of a lab", () => {
    /** A lab is up that a process brought up which has ended since. */
    async function labUp(claims: Claims, cores: number): Promise<string> {
      const labFolder = join(folder, "lab");
      await claims.claimForLab({ ...request("lab", cores), labFolder }, () => mkdir(labFolder));
      await endClaimant();
      return labFolder;
    }

    it("keeps out the run that does not fit beside it, until it is down", async () => {
      const claims = new Claims(fileOf(), machine(2));
      const labFolder = await labUp(claims, 2);
      const { line } = await failureFrom(claims.claim(request("run", 2)));
      expect(line).toMatch(
        /takes 2 of 2 cores, and lab lab \(testbed netns\) has had 2 .* → cloudlet down lab$/,
      );
      await rm(labFolder, { recursive: true });
      await claims.claim(request("run", 2));
    });

    it("comes up beside other labs, as far as there is memory", async () => {
      const claims = new Claims(fileOf(), machine(2));
      await labUp(claims, 2);
      const another = { ...request("another", 2), labFolder: folder };
      await claims.claimForLab(another, () => Promise.resolve());
      const large = { ...request("large", 2, 7000), labFolder: folder };
      const unreached = () => Promise.reject(new Error("it came up all the same"));
      expect((await failureFrom(claims.claimForLab(large, unreached))).line).toMatch(/7000 MiB of memory/);
    });

    it("is refused beside a run that leaves no core for it", async () => {
      const claims = new Claims(fileOf(), machine(2));
      await claims.claim(request("run", 2));
      const lab = { ...request("lab", 2), labFolder: folder };
      const unreached = () => Promise.reject(new Error("it came up all the same"));
      expect((await failureFrom(claims.claimForLab(lab, unreached))).line).toMatch(
        /run run \(testbed netns, .* → wait until it has ended$/,
      );
    });

    it("holds nothing when the lab does not come up", async () => {
      const claims = new Claims(fileOf(), machine(2));
      const lab = { ...request("lab", 2), labFolder: folder };
      await expect(claims.claimForLab(lab, () => Promise.reject(new Error("no netem")))).rejects.toThrow();
      expect(await claims.living()).toEqual([]);
    });
  });
});
