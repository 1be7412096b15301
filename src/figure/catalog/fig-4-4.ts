import type { Figure } from "../contract.js";
import { overRtt } from "../over-rtt.js";

export const figure: Figure = {
  id: "fig-4-4",
  content: (run) =>
    overRtt(run, {
      thesis: "Fig. 4.4",
      title: "Network-layer downtime over RTT",
      metric: "networkDowntimeMs",
      y: "Network-layer downtime, ms",
      scale: "wide",
      notes: ["Thesis definition: last reply of the old address to first reply of the next."],
    }),
};
