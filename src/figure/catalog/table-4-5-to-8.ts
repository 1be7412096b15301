import { absent, type Figure } from "../contract.js";
import { handoverCell } from "../grid.js";

/** Interfaces of VM3 and VM4 at each step of the handover, as found and as printed. */
export const figures: readonly Figure[] = ["4.5", "4.6", "4.7", "4.8"].map((number) => ({
  id: `table-${number.replace(".", "-")}`,
  content(run) {
    const cell = handoverCell(run);
    const found = cell?.record.tables[number];
    const printed = run.paper.interfaces.find(({ id }) => id === number)?.rows ?? [];
    if (cell === undefined || found === undefined) return absent("no cell holds this table");
    return {
      kind: "table",
      columns: [
        "vm",
        "interface",
        "stateFound",
        "statePrinted",
        "addressFound",
        "addressPrinted",
        "agrees",
        "cell",
      ],
      rows: printed.map((row) => {
        const match = found.find(({ vm, interface: name }) => vm === row.vm && name === row.interface);
        const agrees = match?.state === row.state && match.address === row.address;
        return [
          row.vm,
          row.interface,
          match?.state ?? "absent",
          row.state,
          match?.address ?? "NONE",
          row.address ?? "NONE",
          agrees ? "yes" : "no",
          cell.record.id,
        ];
      }),
    };
  },
}));
