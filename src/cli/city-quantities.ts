import { z } from "zod";
import { MAX_SEED } from "../experiment/seeded-random.js";
import { decisionQuantities } from "./decision-quantities.js";
import type { Wanted } from "./quantity.js";

/** What the flags of `city` take. */
export const cityQuantities = {
  seed: { schema: z.int().min(0).max(MAX_SEED), wanted: `a whole number from 0 to ${MAX_SEED}` },
  rate: decisionQuantities.rate,
  serviceInitiation: decisionQuantities.serviceInitiation,
} satisfies Readonly<Record<string, Wanted>>;
