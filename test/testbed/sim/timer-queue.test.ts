import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerQueue } from "../../../src/testbed/sim/engine/timer-queue.js";

describe("TimerQueue", () => {
  it("expires timers in the order of their times, and in the order of arming within one nanosecond", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 200 }), (times) => {
        const timers = new TimerQueue();
        const expired: [number, number][] = [];
        times.forEach((at, index) => {
          const timer = timers.add({ expire: () => void expired.push([timers.nowNs, index]) });
          timers.arm(timer, at);
        });
        timers.runUntil(100);
        const expected = times
          .map((at, index): [number, number] => [at, index])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(expired).toEqual(expected);
        expect(timers.nowNs).toBe(100);
      }),
    );
  });

  it("keeps a monotone clock and one pending expiry a timer under any arming, re-arming and cancelling", () => {
    const operation = fc.tuple(fc.nat(9), fc.constantFrom("arm", "cancel"), fc.nat(50));
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 300 }),
        fc.array(operation, { maxLength: 50 }),
        (before, during) => {
          const timers = new TimerQueue();
          const due = new Map<number, number>();
          const queue = [...during];
          let last = 0;
          const ids = Array.from({ length: 10 }, (_, index) =>
            timers.add({
              expire: () => {
                expect(timers.nowNs).toBeGreaterThanOrEqual(last);
                expect(due.get(index)).toBe(timers.nowNs);
                last = timers.nowNs;
                due.delete(index);
                const next = queue.pop();
                if (next !== undefined) apply(next);
              },
            }),
          );
          const apply = ([index, what, delay]: [number, "arm" | "cancel", number]): void => {
            const id = ids[index];
            if (id === undefined) return;
            if (what === "cancel") {
              timers.cancel(id);
              due.delete(index);
            } else {
              timers.arm(id, timers.nowNs + delay);
              due.set(index, timers.nowNs + delay);
            }
            expect(timers.isArmed(id)).toBe(due.has(index));
          };
          before.forEach(apply);
          timers.runUntil(1e6);
          expect(due.size).toBe(0);
        },
      ),
    );
  });
});
