import { renderFigures, type SkippedFigure } from "../../figure/render.js";
import type { Derivation } from "../contract.js";

/** metrics.csv, summary.csv, figures and tables. */
export const derivation: Derivation = {
  async derive({ measured }) {
    const skipped: SkippedFigure[] = [];
    const files = await renderFigures(measured, (figure) => skipped.push(figure));
    return { files, skipped };
  },
};
