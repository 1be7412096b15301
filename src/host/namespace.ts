import type { Host } from "./host.js";
import type { CommandLine, Exec, ExecOptions, Running, SpawnOptions } from "./process.js";

/** A network namespace by name (ip-netns(8)), on this machine or another, as something to run commands in. */
export class Namespace {
  constructor(
    readonly name: string,
    readonly host: Host,
  ) {}

  command(command: CommandLine): CommandLine {
    return ["ip", "netns", "exec", this.name, ...command];
  }

  exec(command: CommandLine, options?: ExecOptions): Promise<string> {
    return this.host.exec(this.command(command), options);
  }

  spawn(command: CommandLine, options?: SpawnOptions): Running {
    return this.host.spawn(this.command(command), options);
  }

  /** Runs several iproute2 commands in one process; the first failure ends it. */
  async ip(...lines: string[]): Promise<void> {
    await this.host.exec(["ip", "-netns", this.name, "-batch", "-"], { input: lines.join("\n") + "\n" });
  }

  /** Sets sysctls of this namespace, e.g. `{"net.ipv4.ip_forward": "1"}`. */
  async sysctl(values: Readonly<Record<string, string>>): Promise<void> {
    const settings = Object.entries(values).map(([key, value]) => `${key}=${value}`);
    if (settings.length > 0) await this.exec(["sysctl", "-q", "-w", ...settings]);
  }

  create(): Promise<unknown> {
    return this.host.exec(["ip", "netns", "add", this.name]);
  }

  /** Everything in it goes with it, links, taps, bridges, qdiscs, routes; interfaces of hardware go back to the host. */
  delete(): Promise<unknown> {
    return this.host.exec(["ip", "netns", "delete", this.name]);
  }
}

export async function namespaceNames(exec: Exec): Promise<string[]> {
  const listing = await exec(["ip", "netns", "list"]);
  return listing
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((name) => name !== "");
}
