import type { AgentEdge } from "../../src/neighbour/agent.js";
import { type Endpoint, endpointText, type Peers } from "../../src/neighbour/peers.js";

type Listener = (datagram: Uint8Array, from: Endpoint) => void;

/** Time that passes when all wait, and datagrams that take as long as they are told. */
export class VirtualNetwork {
  nowMs = 0;
  /** One-way delay between two endpoints, ms; null: nothing gets through. */
  delayMs: (from: string, to: string) => number | null = () => 5;
  /** Every datagram that was sent, in order. */
  readonly sent: { readonly from: string; readonly to: string; readonly bytes: Uint8Array }[] = [];
  private readonly listeners = new Map<string, Listener>();
  private readonly timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  private nonces = 0;

  send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    this.sent.push({ from: endpointText(from), to: endpointText(to), bytes });
    const delayMs = this.delayMs(endpointText(from), endpointText(to));
    if (delayMs !== null) this.at(delayMs, () => this.listeners.get(endpointText(to))?.(bytes, from));
  }

  listen(at: Endpoint, listener: Listener): void {
    this.listeners.set(endpointText(at), listener);
  }

  close(at: Endpoint): void {
    this.listeners.delete(endpointText(at));
  }

  edge(at: Endpoint, saved: (peers: Peers) => void): AgentEdge {
    return {
      clock: {
        now: () => new Date(Date.UTC(2026, 0, 1) + this.nowMs).toISOString(),
        monotonicMs: () => this.nowMs,
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const aborted = () => {
            reject(new Error("aborted"));
          };
          if (signal.aborted) aborted();
          signal.addEventListener("abort", aborted, { once: true });
          this.at(ms, () => {
            signal.removeEventListener("abort", aborted);
            resolve();
          });
        }),
      randomNonce: () => (this.nonces++).toString(16).padStart(16, "0"),
      socket: {
        send: (bytes, to) => {
          this.send(bytes, at, to);
        },
        onReceived: (listener) => {
          this.listen(at, listener);
        },
      },
      save: (peers) => {
        saved(peers);
        return Promise.resolve();
      },
    };
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      // What has been woken goes to sleep again before the clock moves on.
      await new Promise(setImmediate);
      const next = this.timers[0];
      if (next === undefined || next.atMs > endMs) break;
      this.timers.shift();
      this.nowMs = next.atMs;
      next.fire();
    }
    this.nowMs = endMs;
  }

  private at(delayMs: number, fire: () => void): void {
    const atMs = this.nowMs + delayMs;
    const later = this.timers.findIndex((timer) => timer.atMs > atMs);
    this.timers.splice(later === -1 ? this.timers.length : later, 0, { atMs, fire });
  }
}
