import { baselineTable } from "../baseline-table.js";
import { absent, type Figure } from "../contract.js";

const ofEach = ["totalMigrationTimeS", "networkDowntimeMs", "migrationGoodputMbit"];
const ofLoaded = ["cloudletsBeforeMigrationMbit", "cloudletsDuringMigrationMbit", "cloudletsDropMbit"];

/** The migrations of thesis section 4.4, whose numbers stand in its text. */
export const figure: Figure = {
  id: "baseline-migration",
  content(run) {
    const rows = run.paper.baseline.migrations.flatMap(({ setting, load }) =>
      [...ofEach, ...(setting === "loaded migration" ? ofLoaded : [])].map((metric) => ({
        label: load,
        setting,
        metric,
      })),
    );
    return baselineTable(run, "load", rows) ?? absent("no attested cell migrates over the unshaped link");
  },
};
