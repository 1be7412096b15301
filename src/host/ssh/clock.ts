import type { ClockReading } from "../host.js";
import type { Spawn } from "../process.js";
import { monotonicMs } from "../wall-clock.js";

const ROUNDS = 20;

/**
 * GNU date reads one date a line and prints what it is, `now` included, so one program answers as often as it is
 * asked, and what is timed is the way there and back alone.
 */
const ASK_TIME = ["stdbuf", "-oL", "date", "--file=-", "+%s.%N"] as const;

/** One question for the time: when it was asked and answered on the clock here, and the answer. */
export interface ClockExchange {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly unixMs: number;
}

/**
 * Holds another machine's wall clock against the monotonic one here, as Cristian (1989) does: the answer was given
 * somewhere between question and answer, so the quickest exchange knows it best.
 *
 * @throws Error when nothing was exchanged.
 */
export function offsetFrom(exchanges: readonly ClockExchange[]): ClockReading {
  const [best] = [...exchanges].sort((a, b) => a.answeredMs - a.askedMs - (b.answeredMs - b.askedMs));
  if (best === undefined) throw new Error("the machine was never asked for the time");
  const { askedMs, answeredMs, unixMs } = best;
  return { offsetMs: unixMs - (askedMs + answeredMs) / 2, boundMs: (answeredMs - askedMs) / 2 };
}

/** @param spawn starts programs over there. */
export async function readRemoteClock(spawn: Spawn): Promise<ClockReading> {
  const running = spawn(ASK_TIME, { writable: true });
  try {
    const exchanges: ClockExchange[] = [];
    // Not by `for await`, which on leaving would wait for the program to end by itself.
    const lines = running.lines[Symbol.asyncIterator]();
    while (exchanges.length < ROUNDS) {
      const askedMs = ask();
      const line = await lines.next();
      if (line.done === true) break;
      exchanges.push({ askedMs, answeredMs: monotonicMs(), unixMs: Number(line.value) * 1000 });
    }
    // The first one waited for the program to start.
    return offsetFrom(exchanges.slice(1));
  } finally {
    await running.stop();
  }

  function ask(): number {
    const nowMs = monotonicMs();
    running.write("now\n");
    return nowMs;
  }
}
