import { Failure } from "../../failure.js";

/** How to log in to a machine that Vagrant made. */
export interface VagrantLogin {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
}

/**
 * Reads `vagrant ssh-config`, which speaks ssh_config(5), by machine.
 *
 * @throws Failure (environment) for a machine without address, user or key.
 */
export function parseSshConfig(text: string): Map<string, VagrantLogin> {
  const machines = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split("\n")) {
    const [, key, value] = /^\s*(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    if (key === "Host") {
      current = new Map();
      machines.set(value, current);
    } else {
      current?.set(key, value.replace(/^"(.*)"$/, "$1"));
    }
  }
  return new Map([...machines].map(([name, settings]) => [name, login(name, settings)] as const));
}

function login(name: string, settings: ReadonlyMap<string, string>): VagrantLogin {
  const [address, user, identityFile] = ["HostName", "User", "IdentityFile"].map((key) => settings.get(key));
  const port = Number(settings.get("Port") ?? 22);
  if (address === undefined || user === undefined || identityFile === undefined || !Number.isInteger(port)) {
    throw new Failure(`vagrant ssh-config does not say how to reach ${name}`, {
      kind: "environment",
      place: "vagrant ssh-config",
    });
  }
  return { address, port, user, identityFile };
}
