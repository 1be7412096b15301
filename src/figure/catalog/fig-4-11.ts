import type { Figure } from "../contract.js";
import { overRtt } from "../over-rtt.js";

export const figure: Figure = {
  id: "fig-4-11",
  content: (run) =>
    overRtt(run, {
      thesis: "Fig. 4.11",
      title: "Delta RTT over initial RTT",
      metric: "deltaRttMs",
      y: "Mean RTT during migration less initial RTT, ms",
      bandwidthsMbit: [350, 60],
    }),
};
