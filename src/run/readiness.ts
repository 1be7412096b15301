import { Failure } from "../failure.js";
import type { Requirement, Testbed } from "../testbed/contract.js";

/** What a testbed needs that is not here. A degraded or unknown requirement is no hindrance. */
export const missing = (requirements: readonly Requirement[]): Requirement[] =>
  requirements.filter(({ state }) => state === "missing");

/**
 * Asks a testbed whether it can work on this machine.
 *
 * @throws Failure (environment) that lists what is missing, each with the command that mends it.
 */
export async function demandReady(testbed: Testbed, signal: AbortSignal): Promise<void> {
  const failures = missing(await testbed.requirements(signal)).map(
    ({ name, detail, mend }) =>
      new Failure(`${name}: ${detail}`, {
        kind: "environment",
        place: `testbed ${testbed.name}`,
        mend: mend ?? `run: cloudlet doctor --testbed ${testbed.name}`,
      }),
  );
  const [first, ...rest] = failures;
  if (first !== undefined) throw Failure.join([first, ...rest]);
}
