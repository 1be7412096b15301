import { Failure } from "../failure.js";
import type { Host } from "../host/host.js";

/**
 * Whether the kernel of any machine has ended programs for want of memory since a moment: their connections then
 * break without a word of why, and what else was measured beside that is no measurement.
 */
export class MemoryShortage {
  private constructor(private readonly before: ReadonlyMap<Host, number>) {}

  static async watch(hosts: Readonly<Record<string, Host>>): Promise<MemoryShortage> {
    const before = new Map<Host, number>();
    for (const host of new Set(Object.values(hosts))) {
      const kills = await oomKills(host);
      if (kills !== undefined) before.set(host, kills);
    }
    return new MemoryShortage(before);
  }

  /** @throws Failure (cell) that names the machine; nothing for one that does not answer, now or at the begin. */
  async demandNone(): Promise<void> {
    for (const [host, before] of this.before) {
      const ended = ((await oomKills(host)) ?? before) - before;
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
async function oomKills(host: Host): Promise<number | undefined> {
  const vmstat = await host.files.read("/proc/vmstat").catch(() => undefined);
  return vmstat === undefined ? undefined : parseOomKills(vmstat);
}

/** 0 where the kernel does not count them: before Linux 4.13. */
export const parseOomKills = (vmstat: string): number => Number(/^oom_kill (\d+)$/m.exec(vmstat)?.[1] ?? 0);
