import type { Exec } from "../host/process.js";
import type { SurveyedHost } from "./hosts.js";
import { measureHost, type SurveyEdge } from "./measure.js";
import type { HostMeasurement, SurveyRecord } from "./schema.js";

/**
 * Measures host after host, never two at once: they would share this machine's access to the network.
 *
 * @throws Failure (environment) before the first host when ping or iperf3 is not installed; the signal's reason
 *   once it is aborted.
 */
export async function survey(
  hosts: readonly SurveyedHost[],
  software: SurveyRecord["software"],
  edge: SurveyEdge,
  report: (measured: HostMeasurement) => void,
): Promise<SurveyRecord> {
  const versions = await versionsOf(edge.exec);
  const startedAt = edge.now();
  const measured: HostMeasurement[] = [];
  for (const host of hosts) {
    edge.signal.throwIfAborted();
    const found = await measureHost(host, edge);
    report(found);
    measured.push(found);
  }
  return { schema: "cloudlet.survey/1", startedAt, endedAt: edge.now(), software, versions, hosts: measured };
}

async function versionsOf(exec: Exec): Promise<Record<string, string>> {
  const [ping = ""] = (await exec(["ping", "-V"])).split("\n");
  const [iperf3 = ""] = (await exec(["iperf3", "--version"])).split("\n");
  return { ping, iperf3, node: process.version };
}
