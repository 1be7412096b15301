import { availableParallelism } from "node:os";
import type { Testbed } from "../contract.js";
import { refuse } from "./coverage.js";
import { simulationParameters } from "./parameters.js";
import { SimulationSession } from "./session.js";

/** A packet-level simulation of the whole experiment. Needs nothing on the machine; docs/simulation.md is its model. */
export const testbed: Testbed = {
  name: "sim",
  kind: "simulation",
  summary:
    "Packet-level simulation of links, TCP, hypervisor and MPTCP handover; needs no root and no Linux.",
  concurrency: availableParallelism(),
  requirements: () =>
    Promise.resolve([{ name: "Node.js", state: "ok", detail: `${process.version}; nothing else is needed` }]),
  refuse: (cell) => refuse(cell, simulationParameters()),
  open: ({ signal }) => {
    signal.throwIfAborted();
    return Promise.resolve(new SimulationSession(simulationParameters()));
  },
};
