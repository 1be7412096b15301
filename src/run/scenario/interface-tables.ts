import type { InterfaceState } from "../../record/schema.js";

/** Addresses of VM3 and VM4 before and after the handover (thesis, Tables 4.5 to 4.8). */
const vm3 = { eth0: "10.1.1.15/24", eth1: "10.1.2.19/24" } as const;
const vm4 = { eth0: "10.1.1.14/24", eth1: "10.1.2.18/24" } as const;

/** VM3's address at cloudlet 2: the next odd one after VM4's there (thesis 3.2.1). */
export const NEXT_ADDRESS = vm3.eth1;

type Row = Pick<InterfaceState, "state" | "address">;

const up = (address: string): Row => ({ state: "UP", address });
/** Configured at the cloudlet where VM3 is not yet. */
const inactive = (address: string): Row => ({ state: "UP (inactive)", address });
const down: Row = { state: "DOWN", address: null };

const table = (rows: {
  readonly vm3: readonly [eth0: Row, eth1: Row];
  readonly vm4: readonly [eth0: Row, eth1: Row];
}): InterfaceState[] => [
  { vm: "VM3", interface: "eth0", ...rows.vm3[0] },
  { vm: "VM3", interface: "eth1", ...rows.vm3[1] },
  { vm: "VM4", interface: "eth0", ...rows.vm4[0] },
  { vm: "VM4", interface: "eth1", ...rows.vm4[1] },
];

/** The thesis's tables of interfaces, by their number. */
export const interfaceTables = {
  "4.5": table({ vm3: [up(vm3.eth0), down], vm4: [up(vm4.eth0), down] }),
  "4.6": table({ vm3: [up(vm3.eth0), down], vm4: [down, up(vm4.eth1)] }),
  "4.7": table({ vm3: [up(vm3.eth0), inactive(vm3.eth1)], vm4: [down, up(vm4.eth1)] }),
  "4.8": table({ vm3: [down, up(vm3.eth1)], vm4: [down, up(vm4.eth1)] }),
} as const satisfies Record<string, InterfaceState[]>;

export type TableNumber = keyof typeof interfaceTables;

/** How the interfaces found differ from the thesis's table, one line each; none when they agree. */
export function differences(number: TableNumber, found: readonly InterfaceState[]): string[] {
  return interfaceTables[number].flatMap((expected) => {
    const row = found.find((state) => state.vm === expected.vm && state.interface === expected.interface);
    if (row?.state === expected.state && row.address === expected.address) return [];
    const instead = row === undefined ? "is missing" : `is ${shown(row)}`;
    return [`Table ${number}: ${expected.vm} ${expected.interface} ${instead}, not ${shown(expected)}`];
  });
}

const shown = ({ state, address }: Row): string => `${state} ${address ?? "NONE"}`;
