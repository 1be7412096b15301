import { z } from "zod";
import { Failure, type FailureKind } from "../failure.js";

/** Who answered, and how a failure to understand it counts. */
export interface Answerer {
  readonly kind: FailureKind;
  /** A command line, or the command of a protocol. */
  readonly place: string;
}

/**
 * What another program answered, as far as it is used.
 *
 * @throws Failure in one line when it answered something else, as another version might.
 */
export function readAnswer<S extends z.ZodType>(schema: S, answer: unknown, by: Answerer): z.output<S> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  throw notUnderstood(`${path === "" ? "" : `${path}: `}${issue?.message ?? ""}`, by);
}

/** The same of an answer in JSON text. */
export function readJsonAnswer<S extends z.ZodType>(schema: S, text: string, by: Answerer): z.output<S> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw notUnderstood("no JSON", by, cause);
  }
  return readAnswer(schema, answer, by);
}

const notUnderstood = (why: string, { kind, place }: Answerer, cause?: unknown): Failure =>
  new Failure(`its answer is not understood: ${why}`, {
    kind,
    place,
    cause,
  });
