import { z } from "zod";
import { rateMbit, rttMs } from "../experiment/schema.js";
import type { Wanted } from "./quantity.js";

const atLeastZero = z.number().min(0).max(1e6);

/** What the flags of `decide` take. */
export const decisionQuantities = {
  rate: { schema: rateMbit, wanted: "a number of Mbit/s above 0" },
  rtt: { schema: rttMs, wanted: "a number of ms, 0 or more" },
  memory: { schema: z.number().positive().max(1_048_576), wanted: "a number of MiB above 0" },
  dirtyRate: { schema: atLeastZero, wanted: "a number of MiB/s, 0 or more" },
  serviceInitiation: { schema: atLeastZero, wanted: "a number of seconds, 0 or more" },
} satisfies Readonly<Record<string, Wanted>>;
