import type { Figure } from "../contract.js";
import { gridTable } from "../grid-table.js";

export const figure: Figure = {
  id: "table-4-9",
  content: (run) => gridTable(run, "totalMigrationTimeS"),
};
