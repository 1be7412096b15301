import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { carryOut } from "../../src/run/run.js";
import { loadScenarios } from "../../src/run/scenarios.js";
import type { OpenOptions, Session, Testbed } from "../../src/testbed/contract.js";
import { testbed as sim } from "../../src/testbed/sim/index.js";
import { failureFrom } from "../experiment/failure-of.js";
import { FakeTestbed, VirtualClock } from "./fake-testbed.js";
import { asked, nothingClaimed, shippedPlan } from "./fixtures.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-pcap-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(testbed: Testbed, capturePackets: boolean) {
  return await carryOut({
    located: await shippedPlan({ profile: "thesis-2014" }),
    testbed,
    scenarios: await loadScenarios(),
    asked: { ...asked, capturePackets },
    retries: 0,
    dir: join(folder, "run"),
    runId: "r1",
    claim: nothingClaimed,
    software: { version: "0.0.0", commit: null },
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    report: () => undefined,
  });
}

/** A fake testbed whose cells hand over a capture when they are asked for it. */
function capturing(): Testbed {
  const fake = new FakeTestbed(new VirtualClock());
  return {
    name: fake.name,
    kind: fake.kind,
    summary: fake.summary,
    packetCapture: true,
    requirements: () => fake.requirements(),
    refuse: () => undefined,
    open: async ({ capturePackets = false }: OpenOptions): Promise<Session> => {
      const session = await fake.open();
      return {
        provenance: () => session.provenance(),
        begin: async (cell, signal) => {
          const begun = await session.begin(cell, signal);
          const finish = begun.finish.bind(begun);
          begun.finish = async () => {
            const path = join(folder, "device.pcap");
            await writeFile(path, "packets");
            const captured = { name: "device", path, packets: 3, dropped: 0, complete: true };
            return { ...(await finish()), ...(capturePackets ? { captures: [captured] } : {}) };
          };
          return begun;
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

describe("a run with packet captures", () => {
  it("has them in the cell's folder", async () => {
    await run(capturing(), true);
    const [cell = ""] = await readdir(join(folder, "run", "cells"));
    const capture = await readFile(join(folder, "run", "cells", cell, "device.pcap.gz"));
    expect(gunzipSync(capture).toString()).toBe("packets");
  });

  it("has none where nobody asked", async () => {
    await run(capturing(), false);
    const [cell = ""] = await readdir(join(folder, "run", "cells"));
    expect(await readdir(join(folder, "run", "cells", cell))).not.toContain("device.pcap.gz");
  });

  it("is refused in one line before anything starts where there are no packets", async () => {
    const failure = await failureFrom(run(sim, true));
    expect(failure.lines).toEqual([
      "--pcap: testbed sim captures no packets: it is a simulation, where no packet is on any wire → leave it out, or use --testbed netns",
    ]);
    expect(await readdir(folder)).toEqual([]);
  });
});
