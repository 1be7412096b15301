import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { interruptible } from "../../src/cli/interruption.js";
import { Failure } from "../../src/failure.js";
import { failureFrom } from "../experiment/failure-of.js";

function edgeOf() {
  const listeners = new Set<() => void>();
  const said: string[] = [];
  return {
    said,
    listeners,
    endRequest: () => {
      for (const listener of listeners) listener();
    },
    stderr: { write: (text: string) => void said.push(text), isLive: false, columns: 80 },
    onEndRequest: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

it("aborts at the first request, and at the second only says that clearing up is under way", async () => {
  const edge = edgeOf();
  const reason = await interruptible(edge, (signal) => {
    edge.endRequest();
    const first: unknown = signal.reason;
    edge.endRequest();
    expect(signal.reason).toBe(first);
    return Promise.resolve(first);
  });
  expect(reason).toBeInstanceOf(Failure);
  expect(reason).toMatchObject({ kind: "interrupted", exitCode: 130 });
  expect(edge.said).toEqual([expect.stringMatching(/^Interrupted/), expect.stringMatching(/under way/)]);
});

it("gives Ctrl-C back when the work ends, well or badly", async () => {
  const edge = edgeOf();
  await expect(interruptible(edge, () => Promise.reject(new Error("x")))).rejects.toThrow("x");
  expect(edge.listeners.size).toBe(0);
});

it("says only that it was interrupted, whatever was waited for at that moment", async () => {
  const commandEnded = new Failure("interrupted", { kind: "interrupted", place: "ip netns exec vm1 ping" });
  for (const waitedFor of [
    (signal: AbortSignal) => sleep(60_000, undefined, { signal }),
    () => Promise.reject(commandEnded),
  ]) {
    const edge = edgeOf();
    const failure = await failureFrom(
      interruptible(edge, (signal) => {
        const waiting = waitedFor(signal);
        edge.endRequest();
        return waiting;
      }),
    );
    expect(failure.lines).toEqual(["interrupted"]);
  }
});

it("keeps what went wrong while clearing up", async () => {
  const edge = edgeOf();
  const work = interruptible(edge, () => {
    edge.endRequest();
    return Promise.reject(new Error("the namespace is busy"));
  });
  await expect(work).rejects.toThrow("the namespace is busy");
});
