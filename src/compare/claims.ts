import type { Setting } from "../metric/setting.js";
import type { PointValue } from "./point.js";
import type { Side } from "./side.js";
import {
  aboveZero,
  independentOfRtt,
  largerIn,
  rttMattersMoreAtHighBandwidth,
  trend,
  type Verdict,
} from "./trend.js";

/** Something that the thesis's text says of its results. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly place: string;
  readonly metric: string;
  /** What it is about. */
  readonly settings: readonly Setting[];
  /** Decides it from the metric's values in these settings: a run's, or the printed ones. */
  readonly check: (values: readonly PointValue[]) => Verdict;
}

/** What becomes of a claim on one side. */
export const judge = ({ metric, settings, check }: Claim, side: Side): Verdict =>
  check(side.thesisPoints(metric).filter(({ setting }) => settings.includes(setting)));

const handover: readonly Setting[] = ["handover"];

/** All of it, in the order of the text. One entry here is all that a further claim needs. */
export const claims: readonly Claim[] = [
  {
    id: "tcp-throughput-falls-with-rtt",
    text: "The TCP throughput between the cloudlets falls as their RTT grows",
    place: "section 3.4.4, Fig. 3.10",
    metric: "cloudletsThroughputMbit",
    settings: ["throughput"],
    check: (values) => trend(values, { direction: "falls", along: "rising RTT", unit: "Mbit/s" }),
  },
  {
    id: "loaded-migration-takes-longer",
    text: "The migration takes longer beside an iperf flow from VM2 to VM1 than with nothing else running",
    place: "section 4.4",
    metric: "totalMigrationTimeS",
    settings: ["idle migration", "loaded migration"],
    check: (values) => largerIn("loaded migration", "idle migration", values, "s"),
  },
  {
    id: "throughput-drops-once-migration-starts",
    text: "The throughput from VM2 to VM1 drops once the migration is started",
    place: "section 4.4, Fig. 4.2",
    metric: "cloudletsDropMbit",
    settings: ["loaded migration"],
    check: (values) => aboveZero(values, "Mbit/s"),
  },
  {
    id: "migration-time-grows-with-rtt",
    text: "The migration takes longer as the RTT grows, the bandwidth fixed",
    place: "section 4.6.1, p. 83",
    metric: "totalMigrationTimeS",
    settings: handover,
    check: (grid) => trend(grid, { direction: "grows", along: "rising RTT", unit: "s" }),
  },
  {
    id: "downtime-grows-with-rtt",
    text: "The downtime grows with the RTT, the bandwidth fixed",
    place: "section 4.6.1, p. 83",
    metric: "networkDowntimeMs",
    settings: handover,
    check: (grid) => trend(grid, { direction: "grows", along: "rising RTT", unit: "ms" }),
  },
  {
    id: "migration-time-grows-as-bandwidth-falls",
    text: "The migration takes longer as the bandwidth falls",
    place: "section 4.6.1, p. 83",
    metric: "totalMigrationTimeS",
    settings: handover,
    check: (grid) => trend(grid, { direction: "grows", along: "falling bandwidth", unit: "s" }),
  },
  {
    id: "downtime-grows-as-bandwidth-falls",
    text: "The downtime grows as the bandwidth falls",
    place: "section 4.6.1, p. 83",
    metric: "networkDowntimeMs",
    settings: handover,
    check: (grid) => trend(grid, { direction: "grows", along: "falling bandwidth", unit: "ms" }),
  },
  {
    id: "rtt-matters-more-for-migration-time-at-high-bandwidth",
    text: "The effect of the RTT on the migration time is more noticeable at high bandwidth",
    place: "section 4.6.1, p. 83",
    metric: "totalMigrationTimeS",
    settings: handover,
    check: rttMattersMoreAtHighBandwidth,
  },
  {
    id: "rtt-matters-more-for-downtime-at-high-bandwidth",
    text: "The effect of the RTT on the downtime is more noticeable at high bandwidth",
    place: "section 4.6.1, p. 83",
    metric: "networkDowntimeMs",
    settings: handover,
    check: rttMattersMoreAtHighBandwidth,
  },
  {
    id: "rtt-rises-during-migration",
    text: "During the migration the RTT is above its original value",
    place: "section 4.6.2",
    metric: "deltaRttMs",
    settings: handover,
    check: (grid) => aboveZero(grid, "ms"),
  },
  {
    id: "rtt-during-migration-independent-at-60",
    text: "At 60 Mbit/s the mean RTT during migration is independent of the initial RTT",
    place: "section 4.6.2, Fig. 4.10",
    metric: "meanRttDuringMigrationMs",
    settings: handover,
    check: (grid) => independentOfRtt(grid, 60),
  },
  {
    id: "rtt-during-migration-rises-at-350",
    text: "At 350 Mbit/s the mean RTT during migration grows with the initial RTT",
    place: "section 4.6.2, Fig. 4.10",
    metric: "meanRttDuringMigrationMs",
    settings: handover,
    check: (grid) =>
      trend(grid, { direction: "grows", along: "rising RTT", unit: "ms", bandwidthsMbit: [350] }),
  },
  {
    id: "delta-rtt-falls",
    text: "Delta RTT falls as the initial RTT grows, at 350 and at 60 Mbit/s",
    place: "section 4.6.2, Fig. 4.11",
    metric: "deltaRttMs",
    settings: handover,
    check: (grid) =>
      trend(grid, { direction: "falls", along: "rising RTT", unit: "ms", bandwidthsMbit: [350, 60] }),
  },
  {
    id: "throughput-falls-with-rtt",
    text: "At 350 Mbit/s the device's throughput during migration falls as the initial RTT grows",
    place: "section 4.6.2, Figs 4.12 and 4.13",
    metric: "throughputDuringMigrationMbit",
    settings: handover,
    check: (grid) =>
      trend(grid, { direction: "falls", along: "rising RTT", unit: "Mbit/s", bandwidthsMbit: [350] }),
  },
];
