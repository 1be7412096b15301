import { beforeAll, beforeEach } from "vitest";
import { type CommandLine, exec } from "../../src/host/process.js";

/**
 * For tests that need another program, by a command that succeeds where it is installed. In CI a missing one fails
 * the test; on a person's machine the test is skipped, and says why.
 */
export function requirePrograms(proofs: Readonly<Record<string, CommandLine>>): void {
  const missing: string[] = [];
  beforeAll(async () => {
    for (const [name, proof] of Object.entries(proofs)) {
      await exec(proof).catch(() => missing.push(name));
    }
  });
  beforeEach(({ skip }) => {
    if (missing.length === 0) return;
    const reason = `not installed: ${missing.join(", ")} → cloudlet setup --tests`;
    if (process.env.CI !== undefined) throw new Error(reason);
    skip(reason);
  });
}
