import { Failure } from "../failure.js";
import type { Edge } from "./edge.js";

/**
 * Runs something that Ctrl-C ends in good order: the first request aborts the signal, and the work clears
 * up after itself; later ones only say that this is under way, as ending at once would leave guests and
 * namespaces behind.
 */
export async function interruptible<T>(
  edge: Pick<Edge, "onEndRequest" | "stderr">,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = edge.onEndRequest(() => {
    if (controller.signal.aborted) {
      edge.stderr.write("Clearing up is under way; please wait.\n");
      return;
    }
    edge.stderr.write("Interrupted: clearing up.\n");
    controller.abort(new Failure("interrupted", { kind: "interrupted" }));
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    // Whatever happened to be waited for when it came says nothing to the user.
    if (isInterruption(error)) controller.signal.throwIfAborted();
    throw error;
  } finally {
    stop();
  }
}

/** A wait that was aborted, or a command that was ended for it. */
const isInterruption = (error: unknown): boolean =>
  error instanceof Failure
    ? error.kind === "interrupted"
    : error instanceof Error && error.name === "AbortError";
