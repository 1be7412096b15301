import { expect, it } from "vitest";
import { interruptible } from "../../src/cli/interruption.js";
import { Failure } from "../../src/failure.js";

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
