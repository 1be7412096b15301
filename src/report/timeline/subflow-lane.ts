import type { SubflowSample } from "../../record/series.js";
import type { Bar, BarLane } from "./lane.js";

/** More paths than these would leave no room for anything else. */
const MOST_PATHS = 6;

/** Each path that ss listed as an established subflow of the device's connection, from the look that first found it to the one that last did. */
export function subflowLane(looks: readonly SubflowSample[]): BarLane | undefined {
  const paths = [...new Set(looks.flatMap((look) => pathsOf(look)))];
  if (paths.length === 0) return undefined;
  const more = paths.length - MOST_PATHS;
  return {
    kind: "bars",
    title: more > 0 ? `Subflows (${more} more paths)` : "Subflows",
    rows: paths.slice(0, MOST_PATHS).map((path, index) => ({
      label: path.replace(">", " → "),
      bars: stretches(looks, path).map((stretch) => ({ ...stretch, label: "", style: index })),
    })),
  };
}

const pathsOf = ({ paths }: SubflowSample): string[] => paths.split(" ").filter((path) => path !== "");

function stretches(looks: readonly SubflowSample[], path: string): Pick<Bar, "startMs" | "endMs">[] {
  const found: { startMs: number; endMs: number }[] = [];
  let open: { startMs: number; endMs: number } | undefined;
  for (const look of looks) {
    if (!pathsOf(look).includes(path)) {
      open = undefined;
    } else if (open === undefined) {
      open = { startMs: look.tMs, endMs: look.tMs };
      found.push(open);
    } else {
      open.endMs = look.tMs;
    }
  }
  return found;
}
