import type { Walk } from "../../src/experiment/schema.js";
import type { CellRecording } from "../../src/record/recording.js";
import { type AccessNetwork, EventName } from "../../src/record/schema.js";
import { noSeries } from "../../src/record/series.js";
import { throughputCell } from "./synthetic-baseline.js";

/** What a made-up walk is built around: ms, bytes, Mbit/s. */
export const WALK = {
  startedMs: 1000,
  leftMs: 5000,
  enteredMs: 7000,
  joinedMs: 7100,
  firstByteMs: 7130,
  stoppedMs: 12_000,
  mbit: 16,
  wifi1Bytes: 8_000_000,
  wifi2Bytes: 9_800_000,
  cellularBytes: 3_000_000,
} as const;

const addresses = { wifi1: "10.1.1.14", wifi2: "10.1.2.18", cellular: "10.1.3.22" } as const;
const pathFrom = (network: AccessNetwork) => `${addresses[network]}>10.1.1.15`;

const event = (tMs: number, name: string, network?: AccessNetwork) => ({
  tMs,
  source: network === undefined ? "harness" : "device",
  name,
  ...(network === undefined ? {} : { detail: { network, address: addresses[network] } }),
});

/** Limits in force on the device of a made-up walk. */
const DEVICE_SYSCTLS = { "net.mptcp.close_timeout": "45", "net.ipv4.tcp_retries2": "9" } as const;

/** A walk from Wi-Fi to Wi-Fi across a gap of two seconds; a backup over 3G/4G takes the gap, or nothing does. */
export function walkCell(walk: Walk = { mode: "full", gapS: 2 }): CellRecording {
  const { record } = throughputCell({ bandwidthMbit: 60, rttMs: 50 });
  const { attestation } = record;
  const cellular = walk.cellular !== undefined;
  const { startedMs, leftMs, enteredMs, joinedMs, firstByteMs, stoppedMs } = WALK;
  const burst = (network: AccessNetwork, startMs: number, bytes: number) => ({
    path: pathFrom(network),
    startMs,
    endMs: startMs + 90,
    bytes,
  });
  const flowing = (tMs: number) => cellular || tMs < leftMs || tMs >= firstByteMs + 70;
  const signal = (
    tMs: number,
    sender: "device" | "vm3",
    network: AccessNetwork,
    name: "MP_CAPABLE" | "MP_JOIN",
    detail: string,
  ) => ({ tMs, connection: "data", sender, path: pathFrom(network), signal: name, detail }) as const;
  const handshake = (tMs: number, network: AccessNetwork, name: "MP_CAPABLE" | "MP_JOIN") => [
    signal(tMs, "device", network, name, "SYN"),
    signal(tMs + 20, "vm3", network, name, "SYN/ACK"),
    signal(tMs + 20.1, "device", network, name, "ACK"),
  ];
  return {
    record: {
      ...record,
      id: `bw60-rtt50-${walk.mode}-gap${walk.gapS}-r1`,
      experiment: "modes-wifi",
      scenario: "device-handover",
      attestation:
        attestation === null
          ? null
          : { ...attestation, before: { ...attestation.before, sysctls: { vm4: DEVICE_SYSCTLS } } },
      parameters: {
        ...record.parameters,
        workload: { flows: ["device"], windowKiB: 256 },
        timeline: { attachedS: 4, afterS: 5 },
        walk,
      },
      events: [
        event(startedMs, EventName.ProbesStarted),
        event(startedMs, EventName.NetworkEntered, "wifi1"),
        ...(cellular
          ? [
              event(startedMs, EventName.NetworkEntered, "cellular"),
              event(startedMs + 100, EventName.SubflowJoined, "cellular"),
            ]
          : []),
        event(leftMs, EventName.NetworkLeft, "wifi1"),
        event(enteredMs, EventName.NetworkEntered, "wifi2"),
        event(joinedMs, EventName.SubflowJoined, "wifi2"),
        event(joinedMs, EventName.SubflowWithdrawn, "wifi1"),
        event(stoppedMs, EventName.ProbesStopped),
      ],
    },
    series: {
      ...noSeries,
      iperf: Array.from({ length: (stoppedMs - startedMs) / 100 }, (_, index) => {
        const startMs = startedMs + index * 100;
        const bytes = flowing(startMs) ? (WALK.mbit * 1e5) / 8 : 0;
        return { flow: "device", startMs, endMs: startMs + 100, bytes, retransmits: 0 } as const;
      }),
      burst: [
        burst("wifi1", startedMs, WALK.wifi1Bytes),
        ...(cellular ? [burst("cellular", leftMs + 40, WALK.cellularBytes)] : []),
        burst("wifi2", firstByteMs, WALK.wifi2Bytes),
      ],
      signal: [
        ...handshake(startedMs - 200, "wifi1", "MP_CAPABLE"),
        ...(cellular ? handshake(startedMs + 10, "cellular", "MP_JOIN") : []),
        ...handshake(joinedMs - 50, "wifi2", "MP_JOIN"),
        { ...signal(joinedMs + 1, "device", "wifi2", "MP_JOIN", "address 0"), signal: "REMOVE_ADDR" },
      ],
    },
  };
}
