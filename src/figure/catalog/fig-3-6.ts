import { handoverModeSchema, type Walk } from "../../experiment/schema.js";
import { absent, type Figure } from "../contract.js";
import { representative } from "../grid.js";
import { walkSequence } from "../sequence/walk-sequence.js";

/** Walks that the thesis draws, or describes. Of several that fit, the shortest attested one is drawn. */
const walks = [
  {
    id: "fig-3-4",
    thesis: "Fig. 3.4",
    fits: ({ gapS, cellular }: Walk) => gapS < 0 && cellular === undefined,
  },
  {
    id: "fig-3-6",
    thesis: "Fig. 3.6",
    fits: ({ gapS, cellular }: Walk) => gapS > 0 && cellular === undefined,
  },
  { id: "fig-3-8", thesis: "Fig. 3.8", fits: ({ cellular }: Walk) => cellular !== undefined },
] as const;

/** The signalling of a handover, mode by mode, as Figs 3.6 and 3.8 have it for one mode each. */
export const figures: readonly Figure[] = walks.flatMap(({ id, thesis, fits }) =>
  handoverModeSchema.options.map((mode) => ({
    id: `${id}-${mode}`,
    settings: ["device handover"] as const,
    content({ points }) {
      const candidates = points.flatMap((point) => {
        const { walk } = point;
        const cell = representative(point);
        return walk?.mode === mode && fits(walk) && cell !== undefined ? [{ walk, cell }] : [];
      });
      const attested = candidates.filter(({ cell }) => cell.record.status === "ok");
      const [chosen] = (attested.length > 0 ? attested : candidates).toSorted(
        (a, b) => Math.abs(a.walk.gapS) - Math.abs(b.walk.gapS),
      );
      if (chosen === undefined) return absent(`the run has no such walk in mode ${mode}`);
      return walkSequence(chosen.cell, chosen.walk, thesis);
    },
  })),
);
