import type { PingSample } from "../../record/series.js";
import type { Layer, PlotLane } from "./lane.js";

/** An echo request to one of the observed addresses; null: nothing answered it. */
interface Echo {
  readonly address: PingSample["address"];
  readonly sentMs: number;
  readonly rttMs: number | null;
}

const labels: Record<Echo["address"], string> = {
  old: "VM3's old address",
  next: "VM3's next address",
  vm1: "VM1 from VM2",
};

/** RTT of each request at the time when it left, by the address it went to. */
export function rttLane(title: string, echoes: readonly Echo[]): PlotLane | undefined {
  if (echoes.length === 0) return undefined;
  const layers = (["old", "next", "vm1"] as const).flatMap((address, style): Layer[] => {
    const own = echoes.filter((echo) => echo.address === address);
    if (own.length === 0) return [];
    return [
      {
        label: labels[address],
        style,
        samples: own.flatMap(({ sentMs, rttMs }) =>
          rttMs === null ? [] : [{ startMs: sentMs, endMs: sentMs, value: rttMs }],
        ),
        unanswered: own.flatMap(({ sentMs, rttMs }) => (rttMs === null ? [sentMs] : [])),
        form: "marks" as const,
      },
    ];
  });
  return { kind: "plot", title, unit: "ms", scale: "log", layers };
}
