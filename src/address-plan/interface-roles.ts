/** The VM's two interfaces, of which one is down while nothing moves (thesis 3.2.1.2). */
export type VmInterface = "eth0" | "eth1";

const other = (name: VmInterface): VmInterface => (name === "eth0" ? "eth1" : "eth0");

/** Where the VM stands in Table 3.1. `in use` carries the connection. */
export type InterfaceRoles =
  /** Rows 1 and 4: normal operation. */
  | { readonly phase: "settled"; readonly inUse: VmInterface; readonly address: string }
  /** Row 2: accessed from another LAN, the next address is up and advertised, but not reachable yet. */
  | {
      readonly phase: "advertised";
      readonly inUse: VmInterface;
      readonly address: string;
      readonly nextAddress: string;
    }
  /** Row 3: the VM runs at the next cloudlet; its old address is not reachable any more. */
  | {
      readonly phase: "migrated";
      readonly inUse: VmInterface;
      readonly address: string;
      readonly oldAddress: string;
    };

type In<P extends InterfaceRoles["phase"]> = Extract<InterfaceRoles, { phase: P }>;

export const settled = (address: string): In<"settled"> => ({ phase: "settled", inUse: "eth0", address });

/** The interface that is down takes the next address. */
export const advertise = ({ inUse, address }: In<"settled">, nextAddress: string): In<"advertised"> => ({
  phase: "advertised",
  inUse,
  address,
  nextAddress,
});

/** The VM runs at the next cloudlet: the two interfaces trade roles. */
export const migrated = ({ inUse, address, nextAddress }: In<"advertised">): In<"migrated"> => ({
  phase: "migrated",
  inUse: other(inUse),
  address: nextAddress,
  oldAddress: address,
});

/** The migration did not take place: the next address is withdrawn. */
export const abandoned = ({ inUse, address }: In<"advertised">): In<"settled"> => ({
  phase: "settled",
  inUse,
  address,
});

/** The device's subflow is on the new address: the old interface goes down and waits for the next migration. */
export const joined = ({ inUse, address }: In<"migrated">): In<"settled"> => ({
  phase: "settled",
  inUse,
  address,
});

interface Table31Row {
  readonly operation: string;
  readonly eth0: "Up" | "Up (inactive)" | "Down";
  readonly eth1: "Up" | "Up (inactive)" | "Down";
  readonly subflows: 1;
}

const operations = {
  settled: "Normal operation",
  advertised: "Accessed from another LAN",
  migrated: "Right after the migration",
} as const;

/** The row of Table 3.1 that it stands in. */
export function table31Row(roles: InterfaceRoles): Table31Row {
  const aside = roles.phase === "settled" ? "Down" : "Up (inactive)";
  return {
    operation: operations[roles.phase],
    eth0: roles.inUse === "eth0" ? "Up" : aside,
    eth1: roles.inUse === "eth1" ? "Up" : aside,
    subflows: 1,
  };
}
