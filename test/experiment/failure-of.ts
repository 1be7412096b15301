import { Failure } from "../../src/failure.js";

/** The Failure that `work` throws; anything else, or nothing, is an error of its own. */
export function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** The same of asynchronous work. */
export async function failureFrom(work: Promise<unknown>): Promise<Failure> {
  const settled = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (settled === undefined) throw new Error("it did not fail");
  return failureOf(() => {
    throw settled.error;
  });
}
