import { Failure } from "../failure.js";
import type { Host } from "../host/host.js";

/**
 * Whether the kernel of any machine has ended programs for want of memory since a moment: their connections then
 * break without a word of why, and what else was measured beside that is no measurement.
 */
export class MemoryShortage {
  private constructor(private readonly before: ReadonlyMap<Host, number>) {}

  static async watch(hosts: Readonly<Record<string, Host>>): Promise<MemoryShortage> {
    const each = [...new Set(Object.values(hosts))];
    return new MemoryShortage(
      new Map(await Promise.all(each.map(async (host) => [host, await oomKills(host)] as const))),
    );
  }

  /** @throws Failure (cell) that names the machine; nothing for one that does not answer. */
  async demandNone(): Promise<void> {
    for (const [host, before] of this.before) {
      const ended = (await oomKills(host)) - before;
      if (ended > 0) {
        throw new Failure(
          `memory ran short on ${host.name}: its kernel has ended ${ended === 1 ? "a program" : `${ended} programs`}`,
          {
            kind: "cell",
            mend: "free memory there, or take a smaller guest; dmesg says which program it was",
          },
        );
      }
    }
  }
}

/** Programs ended for want of memory since the machine was started, those in control groups included (proc(5), /proc/vmstat). */
async function oomKills(host: Host): Promise<number> {
  return parseOomKills(await host.files.read("/proc/vmstat").catch(() => ""));
}

/** 0 where the kernel does not count them: before Linux 4.13. */
export const parseOomKills = (vmstat: string): number => Number(/^oom_kill (\d+)$/m.exec(vmstat)?.[1] ?? 0);
