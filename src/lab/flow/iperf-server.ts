import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import type { Namespace } from "../../host/namespace.js";
import type { Running } from "../../host/process.js";
import { monotonicMs } from "../../host/wall-clock.js";

const LISTEN_PATIENCE_MS = 10_000;

/**
 * An iperf3 server for one client, listening.
 *
 * @throws Failure (cell) when it does not listen within 10 s.
 */
export async function startIperfServer(
  namespace: Namespace,
  port: number,
  signal: AbortSignal,
): Promise<Running> {
  const server = namespace.spawn(["iperf3", "--server", "--one-off", "--port", String(port)], {
    discardOutput: true,
  });
  try {
    const deadlineMs = monotonicMs() + LISTEN_PATIENCE_MS;
    while ((await namespace.exec(["ss", "-tlnH", "sport", "=", `:${port}`])) === "") {
      if (monotonicMs() > deadlineMs) {
        throw new Failure(`iperf3 did not start listening in ${namespace.name}`, { kind: "cell" });
      }
      await sleep(20, undefined, { signal });
    }
  } catch (error) {
    await server.stop(200);
    throw error;
  }
  return server;
}
