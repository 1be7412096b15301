import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import type { CloudletList } from "./cloudlet.js";
import type { Formation } from "./formation.js";
import { mapCaption, vpnMap } from "./map.js";
import { membersCsv, type VpnRow, vpnsCsv } from "./table.js";

/** Beyond it members.csv is no file that anybody opens. */
const MOST_LINES = 5_000_000;

/**
 * Writes tables and map of a formation into a folder; the paths. What is there under the same names is replaced.
 *
 * @throws Failure (usage), before anything is written, when cloudlets are members of too many VPNs.
 */
export async function writeFormation(
  list: CloudletList,
  formation: Formation,
  rows: readonly VpnRow[],
  { dir, version }: { readonly dir: string; readonly version: string },
): Promise<string[]> {
  if (rows.reduce((sum, { cloudlets }) => sum + cloudlets, 0) > MOST_LINES) {
    throw new Failure(`members.csv would have more than ${MOST_LINES / 1e6} million lines`, {
      kind: "usage",
      place: dir,
      mend: "leave out --out, or list the cloudlets outwards from a first one (docs/vpn.md)",
    });
  }
  // Chart.js and Skia are large, and most calls draw nothing.
  const { Renderer } = await import("../figure/renderer.js");
  const renderer = new Renderer();
  const map = vpnMap(list, formation);
  const caption = mapCaption(formation, version);
  const files = [
    ["vpns.csv", vpnsCsv(rows)],
    ["members.csv", membersCsv(formation, list.cloudlets)],
    ["map.png", await renderer.png(map, caption)],
    ["map.svg", renderer.svg(map, caption)],
  ] as const;
  await mkdir(dir, { recursive: true });
  for (const [name, content] of files) await writeFileAtomically(join(dir, name), content);
  return files.map(([name]) => join(dir, name));
}
