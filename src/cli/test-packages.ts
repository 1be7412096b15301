import type { CommandLine, Exec } from "../host/process.js";

/** Debian packages that only this project's tests need, each with a command that succeeds where it is installed. */
const testPackages: Readonly<Record<string, CommandLine>> = {
  // Opens report.html.
  chromium: ["which", "chromium"],
  // Loads and plots exported cells; its plots need matplotlib, which it only recommends.
  flent: ["which", "flent"],
  "python3-matplotlib": ["/usr/bin/python3", "-c", "import matplotlib"],
  // Reads the raw series.
  "python3-pandas": ["/usr/bin/python3", "-c", "import pandas"],
  // Opens packet captures.
  tshark: ["which", "tshark"],
};

/** Those of them that are missing on this machine. */
export async function missingTestPackages(exec: Exec): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, proof] of Object.entries(testPackages)) {
    try {
      await exec(proof);
    } catch {
      missing.push(name);
    }
  }
  return missing;
}
