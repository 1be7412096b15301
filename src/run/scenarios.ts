import { loadCatalog } from "../catalog.js";
import type { Scenario } from "./scenario/contract.js";

/** Every scenario in src/run/scenario/, by name. */
export async function loadScenarios(): Promise<ReadonlyMap<string, Scenario>> {
  const modules = await loadCatalog(new URL("scenario/", import.meta.url));
  const scenarios = modules.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario as Scenario]));
  return new Map(scenarios.map((scenario) => [scenario.name, scenario]));
}
