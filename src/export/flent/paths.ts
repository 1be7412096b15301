import { flowIntervals } from "../../metric/iperf-flow.js";
import type { CellRecording } from "../../record/recording.js";
import type { MigrationSample, PingSample, Vm3Address } from "../../record/series.js";
import type { Interval, Sample } from "./time-base.js";

/** RTT along a path, in words of the record and in samples. */
export interface Rtt {
  readonly meaning: string;
  readonly samples: readonly Sample[];
}

/** What flent calls a host: where a TCP stream goes to, and the RTT along the same path. */
export interface Path {
  readonly host: string;
  /** What sends the stream. */
  readonly label: string;
  readonly throughput: { readonly meaning: string; readonly intervals: readonly Interval[] };
  readonly rtt: Rtt;
}

/** A cell's series by the paths along which they were measured, as far as it has them. */
export interface Paths {
  readonly paths: readonly Path[];
  /** RTTs beside those of the paths. */
  readonly further: readonly (Rtt & { readonly host: string })[];
}

export function pathsOf(cell: CellRecording): Paths {
  const paths: Path[] = [
    {
      host: "VM3",
      label: "iperf",
      throughput: {
        meaning: "payload of iperf over MPTCP from the device VM4 to VM3, per interval of iperf3",
        intervals: flowIntervals(cell, "device"),
      },
      rtt: { meaning: "ping from VM4 to VM3's address at cloudlet 1", samples: pings(cell, "old") },
    },
    {
      host: "VM2",
      label: "migration",
      throughput: {
        meaning: "VM3's migration from VM1: growth of the hypervisor's transferred bytes from poll to poll",
        intervals: transferred(cell.series.migration),
      },
      rtt: { meaning: "not measured during a cell", samples: [] },
    },
    {
      host: "VM1",
      label: "iperf",
      throughput: {
        meaning: "payload of iperf over TCP from VM2 to VM1, per interval of iperf3",
        intervals: flowIntervals(cell, "cloudlets"),
      },
      rtt: { meaning: "ping from VM2 to VM1", samples: pings(cell, "vm1") },
    },
  ];
  const further: Paths["further"] = [
    {
      host: "VM3-next",
      meaning: "ping from VM4 to VM3's next address, at cloudlet 2",
      samples: pings(cell, "next"),
    },
    {
      host: "VM3-10ms",
      meaning: "probe every 10 ms from VM4 to VM3's address at cloudlet 1",
      samples: probes(cell, "old"),
    },
    {
      host: "VM3-next-10ms",
      meaning: "probe every 10 ms from VM4 to VM3's next address, at cloudlet 2",
      samples: probes(cell, "next"),
    },
  ];
  return {
    paths: paths.filter(({ throughput, rtt }) => throughput.intervals.length + rtt.samples.length > 0),
    further: further.filter(({ samples }) => samples.length > 0),
  };
}

const pings = ({ series }: CellRecording, address: PingSample["address"]): Sample[] =>
  series.ping
    .filter((sample) => sample.address === address)
    .map(({ sentMs, rttMs }) => ({ tMs: sentMs, value: rttMs }));

const probes = ({ series }: CellRecording, address: Vm3Address): Sample[] =>
  series.probe
    .filter((sample) => sample.address === address)
    .map(({ sentMs, receivedMs }) => ({
      tMs: sentMs,
      value: receivedMs === null ? null : receivedMs - sentMs,
    }));

function transferred(polls: readonly MigrationSample[]): Interval[] {
  return polls.flatMap((poll, index) => {
    const before = polls[index - 1];
    if (before === undefined || poll.tMs <= before.tMs) return [];
    const bytes = poll.transferredBytes - before.transferredBytes;
    return [{ startMs: before.tMs, endMs: poll.tMs, bytes }];
  });
}
