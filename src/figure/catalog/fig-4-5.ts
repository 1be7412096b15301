import type { Figure } from "../contract.js";
import { overRtt } from "../over-rtt.js";

export const figure: Figure = {
  id: "fig-4-5",
  content: (run) =>
    overRtt(run, {
      thesis: "Fig. 4.5",
      title: "Total VM migration time over RTT",
      metric: "totalMigrationTimeS",
      y: "Total VM migration time, s",
    }),
};
