import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { linkShaping } from "../src/experiment/link-shaping.js";
import { readProfile } from "../src/experiment/profile.js";
import type { Namespace } from "../src/host/namespace.js";
import type { Running } from "../src/host/process.js";
import type { Lab } from "../src/lab/lab.js";
import type { LinkName } from "../src/lab/network/topology.js";
import { cloudlets, device } from "../src/lab/network/layout.js";
import { readDatabase } from "../src/neighbour/database.js";
import { netnsProvider } from "../src/testbed/netns/provider.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const PORT = 3440;
const RATE_BPS = 100e6;

/** The thesis measures every minute. Here every second, and all counts of rounds stay. */
const EVERY_S = 1;

/** Three cloudlets in the three machines of the netns testbed: each pair has a link of its own. */
const machines = { C1: "vm1", C2: "vm2", C3: "vm4" } as const;
const addresses = { C1: "10.9.0.1", C2: "10.9.0.2", C3: "10.9.0.3" } as const;
type Name = keyof typeof machines;
const links = { "C1 C2": "wan", "C1 C3": "br1", "C2 C3": "br2" } as const satisfies Record<string, LinkName>;

const roundSchema = z.object({
  type: z.literal("round"),
  at: z.string(),
  peers: z.array(
    z.object({
      name: z.string().nullable(),
      state: z.string(),
      rttMs: z.number().nullable(),
      measuredAt: z.string().nullable(),
    }),
  ),
});

/** What C1 said after one round. */
export interface ObservedRound {
  /** Since the scenario began, on the clock of whoever reads C1's output. */
  readonly timeS: number;
  readonly phase: string;
  /** By name. `rttMs` is null where the peer did not answer this round. */
  readonly peers: Readonly<Record<string, { readonly state: string; readonly rttMs: number | null }>>;
}

export interface Phase {
  readonly name: string;
  readonly startS: number;
  /** Rounds of C1 until it saw what the phase is to show. */
  readonly rounds: number;
}

export interface Played {
  readonly rounds: readonly ObservedRound[];
  readonly phases: readonly Phase[];
  /** States of C3's database as it was on the disk right after kill -9. */
  readonly afterKill: readonly string[];
}

/**
 * Joins, a rising and a falling RTT, a killed agent and one that leaves, between network namespaces with real links.
 * As root; takes about a minute.
 */
export async function playNeighbours(runId: string, note: (message: string) => void): Promise<Played> {
  const { signal } = new AbortController();
  const dir = await mkdtemp(join(tmpdir(), "neighbours-"));
  const lab = await netnsProvider.create({ runId, seed: 1, signal, note });
  const agents = new Map<Name, Running>();
  try {
    const scenario = new Scenario(lab, dir, agents, note);
    return await scenario.play();
  } finally {
    for (const agent of agents.values()) await agent.stop();
    await lab.remove();
    await rm(dir, { recursive: true });
  }
}

class Scenario {
  private readonly rounds: ObservedRound[] = [];
  private readonly phases: Phase[] = [];
  private readonly startMs = performance.now();
  private phase = "";

  constructor(
    private readonly lab: Lab,
    private readonly dir: string,
    private readonly agents: Map<Name, Running>,
    private readonly note: (message: string) => void,
  ) {}

  async play(): Promise<Played> {
    await this.connect();
    await this.setRtt("C1 C2", 20);
    await this.setRtt("C1 C3", 40);
    await this.setRtt("C2 C3", 60);
    this.start("C1", "C2", "C3");
    this.start("C2", "C1", "C3");
    await this.until("C2 is there", "C2", "neighbour");
    this.start("C3", "C1", "C2");
    await this.until("C3 joins", "C3", "neighbour");
    await this.setRtt("C1 C2", 200);
    await this.until("200 ms to C2", "C2", "too far");
    await this.setRtt("C1 C2", 140);
    await this.pass("140 ms", 5);
    await this.setRtt("C1 C2", 100);
    await this.until("100 ms", "C2", "neighbour");
    this.kill("C3");
    const afterKill = await this.databaseOf("C3");
    await this.until("C3 is killed", "C3", "silent");
    this.start("C3", "C1", "C2");
    await this.until("C3 is back", "C3", "neighbour");
    await this.agents.get("C2")?.stop();
    await this.until("C2 leaves", "C2", "silent");
    await this.pass("after", 2);
    return { rounds: this.rounds, phases: this.phases, afterKill };
  }

  /** Each cloudlet's address, and the routes to the others over the links between them. */
  private async connect(): Promise<void> {
    const { vm1, vm2, vm4 } = this.lab.namespaces;
    const { C1, C2, C3 } = addresses;
    const to = (address: string, via: string, from: string) => `route add ${address} via ${via} src ${from}`;
    await vm1.ip(
      `address add ${C1}/32 dev lo`,
      to(C2, cloudlets.vm2.wanAddress, C1),
      to(C3, device.vm1.address, C1),
    );
    await vm2.ip(
      `address add ${C2}/32 dev lo`,
      to(C1, cloudlets.vm1.wanAddress, C2),
      to(C3, device.vm2.address, C2),
    );
    await vm4.ip(
      `address add ${C3}/32 dev lo`,
      ...Object.values(device).flatMap((at) => [
        `link set ${at.interface} up`,
        `address add ${at.address}/24 dev ${at.interface}`,
      ]),
      to(C1, cloudlets.vm1.gateway, C3),
      to(C2, cloudlets.vm2.gateway, C3),
    );
  }

  private async setRtt(link: keyof typeof links, rttMs: number): Promise<void> {
    const { profile } = await readProfile("modern", join(root, "experiments/profiles"));
    const shaping = linkShaping({ rateBps: RATE_BPS, rttMs }, profile.link);
    await this.lab.shaper.shape(links[link], shaping, "on");
  }

  private start(name: Name, ...named: Name[]): void {
    const namespace: Namespace = this.lab.namespaces[machines[name]];
    const agent = namespace.spawn([
      process.execPath,
      ...["--import", "tsx", join(root, "bin/dev.js"), "neighbours", "run", "--json"],
      ...["--name", name, "--listen", `${addresses[name]}:${PORT}`, "--every", `${EVERY_S}s`],
      ...named.flatMap((other) => ["--peer", `${addresses[other]}:${PORT}`]),
      ...["--db", this.databaseFile(name)],
    ]);
    this.agents.set(name, agent);
    void this.listen(name, agent);
  }

  private async listen(name: Name, agent: Running): Promise<void> {
    const measured = new Map<string | null, string | null>();
    for await (const line of agent.lines) {
      const round = roundSchema.safeParse(JSON.parse(line));
      if (name !== "C1" || !round.success) continue;
      const peers = Object.fromEntries(
        round.data.peers.map(({ name: peer, state, rttMs, measuredAt }) => [
          peer ?? "-",
          { state, rttMs: measuredAt === measured.get(peer) ? null : rttMs },
        ]),
      );
      for (const { name: peer, measuredAt } of round.data.peers) measured.set(peer, measuredAt);
      this.rounds.push({ timeS: this.nowS(), phase: this.phase, peers });
    }
  }

  private kill(name: Name): void {
    const agent = this.agents.get(name);
    if (agent !== undefined) process.kill(agent.pid, "SIGKILL");
  }

  private readonly databaseFile = (name: Name): string => join(this.dir, `${name}.json`);

  private async databaseOf(name: Name): Promise<string[]> {
    const { peers } = await readDatabase(this.databaseFile(name));
    return [...peers.values()].map((peer) => `${peer.name ?? "-"}: ${peer.standing.kind}`).sort();
  }

  private readonly nowS = (): number => (performance.now() - this.startMs) / 1000;

  /** Waits until C1 has a peer in that state. */
  private async until(phase: string, peer: Name, state: string): Promise<void> {
    await this.during(phase, () => this.rounds.at(-1)?.peers[peer]?.state === state);
  }

  private async pass(phase: string, rounds: number): Promise<void> {
    const before = this.rounds.length;
    await this.during(phase, () => this.rounds.length >= before + rounds);
  }

  private async during(phase: string, isOver: () => boolean): Promise<void> {
    this.note(phase);
    this.phase = phase;
    const startS = this.nowS();
    const before = this.rounds.length;
    while (!isOver()) {
      if (this.nowS() > startS + 60) throw new Error(`${phase}: not seen within a minute`);
      await sleep(20);
    }
    this.phases.push({ name: phase, startS, rounds: this.rounds.length - before });
  }
}
