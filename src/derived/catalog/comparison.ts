import { compareWithPaper } from "../../compare/comparison.js";
import { comparisonFiles } from "../../compare/files.js";
import type { Derivation } from "../contract.js";

/** The run beside the thesis. */
export const derivation: Derivation = {
  derive(source) {
    return Promise.resolve({ files: comparisonFiles(compareWithPaper(source, source.paper)), skipped: [] });
  },
};
