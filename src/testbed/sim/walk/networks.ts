import type { AccessNetwork } from "../../../record/schema.js";
import type { DeviceNetworks, SubflowPriority } from "../../contract.js";

/** What the device does as it walks, in a form that a worker thread can be told. */
export type Move =
  | {
      readonly kind: "enter" | "leave" | "withdraw" | "abandon";
      readonly network: AccessNetwork;
    }
  | {
      readonly kind: "join" | "prioritise";
      readonly network: AccessNetwork;
      readonly priority: SubflowPriority;
    };

/** The device's networks as a cell has them, each move told to whoever carries it out. */
export function deviceNetworks(carryOut: (move: Move) => Promise<void>): DeviceNetworks {
  return {
    enter: (network) => carryOut({ kind: "enter", network }),
    leave: (network) => carryOut({ kind: "leave", network }),
    join: (network, priority) => carryOut({ kind: "join", network, priority }),
    withdraw: (network) => carryOut({ kind: "withdraw", network }),
    abandon: (network) => carryOut({ kind: "abandon", network }),
    prioritise: (network, priority) => carryOut({ kind: "prioritise", network, priority }),
  };
}
