import type { z } from "zod";
import { readAnswer } from "../../host/answer.js";
import { loginSchema } from "./machines-schema.js";

/** How to log in to a machine that Vagrant made. */
export type VagrantLogin = z.infer<typeof loginSchema>;

/**
 * Reads `vagrant ssh-config`, which speaks ssh_config(5), by machine.
 *
 * @throws Failure (environment) for a machine whose login is missing or would not be taken from a machines file.
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
  const port = settings.get("Port");
  const answer = {
    address: settings.get("HostName"),
    user: settings.get("User"),
    identityFile: settings.get("IdentityFile"),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  return readAnswer(loginSchema, answer, { kind: "environment", place: `vagrant ssh-config, Host ${name}` });
}
