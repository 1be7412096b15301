import { nearestKey } from "../experiment/nearest-key.js";
import { Failure } from "../failure.js";
import type { Cloudlet } from "./cloudlet.js";
import { type Formation, removeCloudlet } from "./formation.js";

/** As removeCloudlet, by name. @throws Failure (usage) for a name that the list lacks. */
export function withoutNamed(name: string, cloudlets: readonly Cloudlet[], formation: Formation) {
  const index = cloudlets.findIndex((cloudlet) => cloudlet.name === name);
  if (index >= 0) return removeCloudlet(formation, index);
  const nearest = nearestKey(
    name,
    cloudlets.map((cloudlet) => cloudlet.name),
  );
  throw new Failure(`no cloudlet named ${JSON.stringify(name)}`, {
    kind: "usage",
    mend: nearest === undefined ? "name one of the file" : `did you mean ${nearest}?`,
  });
}
