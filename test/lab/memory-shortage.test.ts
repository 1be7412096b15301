import { expect, it, vi } from "vitest";
import type { Host } from "../../src/host/host.js";
import { localHost } from "../../src/host/local-host.js";
import { MemoryShortage, parseOomKills } from "../../src/lab/memory-shortage.js";
import { failureFrom } from "../experiment/failure-of.js";
import { fixture } from "../fixtures/fixture.js";

const vmstat = fixture("vmstat-linux-6.18.txt");

it("reads how many programs a real kernel has ended for want of memory", () => {
  expect(parseOomKills(vmstat)).toBe(6);
  expect(parseOomKills(vmstat.replace(/^oom_kill .*\n/m, "")), "a kernel that does not count").toBe(0);
});

/** A machine whose kernel says one thing after the other. */
function machine(name: string, ...said: (string | Error)[]): Host {
  const read = vi.fn<Host["files"]["read"]>();
  for (const each of said) {
    if (typeof each === "string") read.mockResolvedValueOnce(each);
    else read.mockRejectedValueOnce(each);
  }
  return { ...localHost, name, files: { ...localHost.files, read } };
}

it("names the machine on which a program was ended", async () => {
  const vm1 = machine("vm1", vmstat, vmstat.replace("oom_kill 6", "oom_kill 8"));
  const vm2 = machine("vm2", vmstat, vmstat);
  const failure = await failureFrom((await MemoryShortage.watch({ vm2, vm1, host: vm2 })).demandNone());
  expect(failure.kind).toBe("cell");
  expect(failure.message).toBe("memory ran short on vm1: its kernel has ended 2 programs");
});

it("is silent where nothing was ended, and of a machine that does not answer any more", async () => {
  const vm1 = machine("vm1", vmstat, vmstat);
  const vm2 = machine("vm2", vmstat, new Error("the connection was lost"));
  const host = machine("host", new Error("not yet there"), vmstat);
  await (await MemoryShortage.watch({ vm1, vm2, host })).demandNone();
});
