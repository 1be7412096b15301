import type { Figure } from "../contract.js";
import { overRtt } from "../over-rtt.js";

export const figure: Figure = {
  id: "fig-4-13",
  content: (run) =>
    overRtt(run, {
      thesis: "Fig. 4.13",
      title: "Mean throughput during migration over initial RTT",
      metric: "throughputDuringMigrationMbit",
      y: "Mean throughput VM4 to VM3, Mbit/s",
      bandwidthsMbit: [350],
    }),
};
