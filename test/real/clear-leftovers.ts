import { loadTestbeds } from "../../src/cli/testbeds.js";

/**
 * Removes what crashed runs have left on this machine, as each run does before it begins. Tests compare the machine before and
 * after: without this, leftovers of a test that was killed would be gone in the middle of another, which failed for it.
 */
export default async function clearLeftovers(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const { labs } of await loadTestbeds()) {
    await labs?.removeLeftovers((line) => process.stdout.write(`${line}\n`));
  }
}
