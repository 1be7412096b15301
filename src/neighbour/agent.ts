import type { DatagramSocket } from "../host/datagram-socket.js";
import type { Clock } from "../run/clock.js";
import { decodeMessage, encodeMessage, type MessageKind } from "./message.js";
import {
  afterRoundOfAll,
  type Change,
  departed,
  type Endpoint,
  endpointText,
  type Measured,
  MOST_PEERS,
  newPeer,
  type Peer,
  type Peers,
} from "./peers.js";
import { medianRttMs } from "./standing.js";

/** Echoes to each peer in a round: two may be lost or late, and the median is still that of a reply. */
const ECHOES = 5;
const ECHO_SPACING_MS = 20;
/** Beyond it a response is unusable (Table 3.2), so there is nothing to wait for. */
const LONGEST_WAIT_MS = 5000;
/** Of the time between rounds: what a round may wait, so that it is over before the next. */
const WAIT_SHARE = 0.8;
/** How often a round looks whether all have answered, ms. */
const LOOK_EVERY_MS = 20;

export interface AgentOptions {
  readonly name: string;
  /** The endpoint of its own. */
  readonly listen: Endpoint;
  /** Peers that are tried whether or not they show themselves: the members of the VPN. */
  readonly named: readonly Endpoint[];
  /** From the start of a round to the start of the next, ms. A minute in the thesis. */
  readonly everyMs: number;
}

/** Where an agent meets the machine. */
export interface AgentEdge {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 16 hex digits that nobody can guess. */
  readonly randomNonce: () => string;
  readonly socket: Pick<DatagramSocket, "send" | "onReceived">;
  /** Keeps the database. */
  readonly save: (peers: Peers, at: string) => Promise<void>;
}

/** Datagrams that were dropped since the start. */
export interface Dropped {
  /** No message of ours, or with the agent's own address on it. */
  malformed: number;
  /** Replies and farewells whose nonce was not sent to where they come from. */
  unasked: number;
  /** Announcements for which there was no room. */
  noRoom: number;
}

export interface RoundReport {
  readonly at: string;
  readonly peers: Peers;
  /** Since the last report. */
  readonly changes: readonly Change[];
  readonly dropped: Readonly<Dropped>;
}

/** An echo that is not answered yet. */
interface Outstanding {
  readonly key: string;
  readonly sentMs: number;
  /** `proof`: that the sender of an announcement has the address it came from. */
  readonly purpose: "round" | "proof";
}

/** A cloudlet's side of the neighbour database (thesis 3.4.4): shows itself, answers, measures. */
export class NeighbourAgent {
  private peers: Peers;
  private changes: Change[] = [];
  private readonly outstanding = new Map<string, Outstanding>();
  /** What the round has found so far, by `address:port`. */
  private readonly found = new Map<string, { readonly rttsMs: number[]; name: string | null }>();
  /** Nonces of the last two rounds' echoes to each peer, one of which its farewell must have. */
  private readonly echoesTo = new Map<string, string[]>();
  /** The nonce of the last echo from each peer, to say farewell with. */
  private readonly echoFrom = new Map<string, string>();
  private readonly dropped: Dropped = { malformed: 0, unasked: 0, noRoom: 0 };
  private readonly named: ReadonlySet<string>;

  /** @param known peers of an earlier life. */
  constructor(
    private readonly options: AgentOptions,
    known: Peers,
    private readonly edge: AgentEdge,
  ) {
    this.named = new Set(options.named.map(endpointText));
    const named = options.named.map((each): [string, Peer] => {
      const key = endpointText(each);
      return [key, known.get(key) ?? newPeer(each, null)];
    });
    // Those that are named come first where there is not room for all.
    const others = [...known].filter(([key]) => !this.named.has(key));
    this.peers = new Map([...named, ...others].slice(0, MOST_PEERS));
    edge.socket.onReceived((datagram, from) => {
      this.receive(datagram, from);
    });
  }

  /**
   * Runs rounds until the signal is aborted, then says farewell.
   *
   * @throws whatever `save` throws.
   */
  async run(signal: AbortSignal, report: (round: RoundReport) => void): Promise<void> {
    const { clock, sleep, save } = this.edge;
    await save(this.peers, clock.now());
    try {
      for (;;) {
        const startMs = clock.monotonicMs();
        await this.round(signal);
        const at = clock.now();
        await save(this.peers, at);
        report({ at, peers: this.peers, changes: this.changes, dropped: { ...this.dropped } });
        this.changes = [];
        await sleep(Math.max(startMs + this.options.everyMs - clock.monotonicMs(), 0), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const [key, nonce] of this.echoFrom) this.send("farewell", this.peers.get(key), nonce);
    }
  }

  /** Shows itself to all, and measures the RTT to each. */
  private async round(signal: AbortSignal): Promise<void> {
    const { clock, sleep, randomNonce } = this.edge;
    // A proof that is still to come is demanded again when its sender announces itself the next time.
    this.outstanding.clear();
    this.found.clear();
    const asked = [...this.peers].map(([key, peer]) => ({ key, peer }));
    for (const { key, peer } of asked) {
      this.found.set(key, { rttsMs: [], name: null });
      this.echoesTo.set(key, (this.echoesTo.get(key) ?? []).slice(-ECHOES));
      this.send("announce", peer, randomNonce());
    }
    for (let echo = 0; echo < ECHOES; echo++) {
      for (const { key, peer } of asked) this.echoesTo.get(key)?.push(this.ask(key, peer, "round"));
      await sleep(ECHO_SPACING_MS, signal);
    }
    const deadlineMs = clock.monotonicMs() + Math.min(LONGEST_WAIT_MS, this.options.everyMs * WAIT_SHARE);
    const isWaiting = () => [...this.outstanding.values()].some(({ purpose }) => purpose === "round");
    while (isWaiting() && clock.monotonicMs() < deadlineMs) await sleep(LOOK_EVERY_MS, signal);
    const measured = new Map<string, Measured>(
      [...this.found].map(([key, { rttsMs, name }]) => [key, { rttMs: medianRttMs(ECHOES, rttsMs), name }]),
    );
    const after = afterRoundOfAll(this.peers, measured, clock.now(), (key) => this.named.has(key));
    this.peers = after.peers;
    this.changes.push(...after.changes);
    for (const key of [...this.echoesTo.keys(), ...this.echoFrom.keys()]) {
      if (this.peers.has(key)) continue;
      this.echoesTo.delete(key);
      this.echoFrom.delete(key);
    }
  }

  private receive(datagram: Uint8Array, from: Endpoint): void {
    const message = decodeMessage(datagram);
    const key = endpointText(from);
    // Its own address on it is forged: it would become its own neighbour.
    if (message === undefined || key === endpointText(this.options.listen)) {
      this.dropped.malformed++;
      return;
    }
    const { kind, name, nonce } = message;
    switch (kind) {
      case "announce":
        if (!this.peers.has(key)) this.demandProof(key, from);
        break;
      case "echo":
        this.send("reply", from, nonce);
        if (this.peers.has(key)) this.echoFrom.set(key, nonce);
        break;
      case "reply":
        this.answered(from, name, nonce);
        break;
      case "farewell":
        if (this.echoesTo.get(key)?.includes(nonce) === true) this.left(key);
        else this.dropped.unasked++;
        break;
      default:
        kind satisfies never;
    }
  }

  /** Only who has the address is written down, and hears of it again; anybody could have sent the announcement. */
  private demandProof(key: string, from: Endpoint): void {
    const proofs = [...this.outstanding.values()].filter(({ purpose }) => purpose === "proof");
    if (proofs.length + this.peers.size >= MOST_PEERS) this.dropped.noRoom++;
    else if (!proofs.some((proof) => proof.key === key)) this.ask(key, from, "proof");
  }

  private answered(from: Endpoint, name: string, nonce: string): void {
    const echo = this.outstanding.get(nonce);
    const key = endpointText(from);
    if (echo?.key !== key) {
      this.dropped.unasked++;
      return;
    }
    this.outstanding.delete(nonce);
    if (echo.purpose === "proof") {
      if (!this.peers.has(key)) this.peers = new Map(this.peers).set(key, newPeer(from, name));
      return;
    }
    const found = this.found.get(key);
    if (found === undefined) return;
    found.rttsMs.push(this.edge.clock.monotonicMs() - echo.sentMs);
    found.name = name;
  }

  private left(key: string): void {
    const after = departed(this.peers, key);
    this.peers = after.peers;
    this.changes.push(...after.changes);
    // Echoes that are still out say nothing about one that has gone.
    this.found.delete(key);
  }

  /** Sends an echo; its nonce. */
  private ask(key: string, to: Endpoint, purpose: Outstanding["purpose"]): string {
    const nonce = this.edge.randomNonce();
    this.outstanding.set(nonce, { key, sentMs: this.edge.clock.monotonicMs(), purpose });
    this.send("echo", to, nonce);
    return nonce;
  }

  private send(kind: MessageKind, to: Endpoint | undefined, nonce: string): void {
    if (to !== undefined) this.edge.socket.send(encodeMessage({ kind, name: this.options.name, nonce }), to);
  }
}
