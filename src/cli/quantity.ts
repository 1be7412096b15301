import type { z } from "zod";
import { Failure } from "../failure.js";

export interface Wanted {
  readonly schema: z.ZodNumber;
  readonly wanted: string;
}

/**
 * The number that a flag was given, or undefined when it was left out.
 *
 * @param wanted what a file may hold for the same thing, and that in words.
 * @throws Failure (usage) for anything else.
 */
export function quantity(flag: string, text: string, wanted: Wanted): number;
export function quantity(flag: string, text: string | undefined, wanted: Wanted): number | undefined;
export function quantity(
  flag: string,
  text: string | undefined,
  { schema, wanted }: Wanted,
): number | undefined {
  if (text === undefined) return undefined;
  const checked = schema.safeParse(text.trim() === "" ? Number.NaN : Number(text));
  if (checked.success) return checked.data;
  throw new Failure(`${JSON.stringify(text)} can't be taken`, {
    kind: "usage",
    place: flag,
    mend: `write ${wanted}`,
  });
}
