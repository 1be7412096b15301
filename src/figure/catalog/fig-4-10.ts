import type { Figure } from "../contract.js";
import { overRtt } from "../over-rtt.js";

export const figure: Figure = {
  id: "fig-4-10",
  content: (run) =>
    overRtt(run, {
      thesis: "Fig. 4.10",
      title: "Mean RTT during migration over initial RTT",
      metric: "meanRttDuringMigrationMs",
      y: "Mean RTT VM4 to VM3 during migration, ms",
      bandwidthsMbit: [350, 60],
    }),
};
