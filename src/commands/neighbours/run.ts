import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import { agentOptions } from "../../cli/neighbour-agent.js";
import { openDatagramSocket } from "../../host/datagram-socket.js";
import { NeighbourAgent, type RoundReport } from "../../neighbour/agent.js";
import { openDatabase, writeDatabase } from "../../neighbour/database.js";
import { peerRows } from "../../neighbour/table.js";

export default class NeighboursRun extends BaseCommand {
  static override summary = "Keep a cloudlet's database of possible neighbours (thesis 3.4.4).";
  static override description =
    "Announces itself to the other cloudlets of its VPN, answers them, and measures the RTT to each every minute. Those below 150 ms are neighbours. Runs until Ctrl-C or SIGTERM; the database survives whatever ends it (docs/neighbours.md).";
  static override examples = [
    "<%= config.bin %> neighbours run --name C1 --listen 10.4.0.1:3440 --peer 10.5.0.1:3440 --peer 10.6.0.1:3440 --db c1.json",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    name: Flags.string({ summary: "What the cloudlet calls itself.", helpValue: "NAME", required: true }),
    listen: Flags.string({
      summary: "Address of the cloudlet, and UDP port.",
      helpValue: "ADDRESS:PORT",
      required: true,
    }),
    peer: Flags.string({
      summary:
        "Another cloudlet of the VPN; may be given again. Others that announce themselves are taken as well.",
      helpValue: "ADDRESS:PORT",
      multiple: true,
      multipleNonGreedy: true,
    }),
    db: Flags.string({
      summary: "File of the database; made when there is none.",
      helpValue: "FILE",
      required: true,
    }),
    every: Flags.string({ summary: "Time between measurements.", helpValue: "SECONDS", default: "60s" }),
  };

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(NeighboursRun);
    const { name, db } = flags;
    const options = agentOptions({ ...flags, peer: flags.peer ?? [] });
    const known = await openDatabase(db, name);
    await using socket = await openDatagramSocket(options.listen);
    await this.interruptible(async (signal) => {
      const agent = new NeighbourAgent(options, known, {
        clock: this.edge.clock,
        sleep: (ms, until) => sleep(ms, undefined, { signal: until }),
        randomNonce: () => randomBytes(8).toString("hex"),
        socket,
        save: (peers, writtenAt) => writeDatabase(db, { name, writtenAt, peers }),
      });
      await agent.run(signal, (round) => {
        this.tell(round);
      });
    });
    return { type: "left", name };
  }

  /** Every round to a program; to a person, what changed. */
  private tell({ at, peers, changes, dropped }: RoundReport): void {
    const changed = changes.map(({ peer, from, to }) => ({
      peer: peer.name ?? peer.address,
      rttMs: peer.rttMs,
      from,
      to,
    }));
    if (this.jsonEnabled()) {
      this.logJson({ type: "round", at, peers: peerRows(peers), changes: changed, dropped });
      return;
    }
    for (const { peer, rttMs, from, to } of changed) {
      const rtt = rttMs === null ? "" : `, RTT ${rttMs.toFixed(1)} ms`;
      this.log(`${at}  ${peer}: ${from} → ${to}${rtt}`);
    }
  }
}
