import { z } from "zod";
import { Failure } from "../failure.js";
import type { AgentOptions } from "../neighbour/agent.js";
import { NAME_PATTERN } from "../neighbour/message.js";
import { type Endpoint, endpointSchema, endpointText, MOST_PEERS } from "../neighbour/peers.js";
import { quantity } from "./quantity.js";

const period = { schema: z.number().min(1).max(3600), wanted: "seconds from 1 to 3600, e.g. 60s" };

interface AgentFlags {
  readonly name: string;
  readonly listen: string;
  readonly peer: readonly string[];
  readonly every: string;
}

/**
 * What `neighbours run` was asked for.
 *
 * @throws Failure (usage) that names the flag.
 */
export function agentOptions(flags: AgentFlags): AgentOptions {
  if (!NAME_PATTERN.test(flags.name)) {
    throw refused("--name", flags.name, "write up to 32 letters, digits, dashes and underscores");
  }
  const listen = endpointOf("--listen", flags.listen);
  const named = flags.peer.map((text) => {
    const peer = endpointOf("--peer", text);
    if (endpointText(peer) === endpointText(listen)) {
      throw refused("--peer", text, "leave it out: no cloudlet is its own neighbour");
    }
    return peer;
  });
  if (named.length > MOST_PEERS) {
    throw refused("--peer", `${named.length} peers`, `name at most ${MOST_PEERS}`);
  }
  const everyS = quantity("--every", flags.every.replace(/s$/, ""), period);
  return { name: flags.name, listen, named, everyMs: everyS * 1000 };
}

function endpointOf(flag: string, text: string): Endpoint {
  const [, address, port] = /^([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  const checked = endpointSchema.safeParse({ address, port: Number(port) });
  if (checked.success) return checked.data;
  throw refused(flag, text, "write an IPv4 address and a port, e.g. 10.4.0.1:3440");
}

const refused = (flag: string, text: string, mend: string): Failure =>
  new Failure(`${JSON.stringify(text)} can't be taken`, { kind: "usage", place: flag, mend });
