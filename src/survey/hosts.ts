import { validate } from "../experiment/mistakes.js";
import { readYaml } from "../experiment/source-file.js";
import { Failure } from "../failure.js";
import { hostSchema, portSchema, surveySchema } from "./schema.js";

/** A host to measure, and for how long. */
export interface SurveyedHost {
  readonly host: string;
  readonly port: number;
  readonly location: string | null;
  readonly pings: number;
  readonly iperfS: number;
}

/**
 * The hosts that a person named, each as `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or by a survey's YAML file.
 *
 * @throws Failure (usage) that lists every mistake with its place.
 */
export async function namedHosts(words: readonly string[]): Promise<SurveyedHost[]> {
  const attempts = await Promise.allSettled(
    words.map(async (word) => (isFile(word) ? await hostsOf(word) : [parseHost(word)])),
  );
  const failures = attempts.flatMap((attempt) => {
    if (attempt.status === "fulfilled") return [];
    if (attempt.reason instanceof Failure) return [attempt.reason];
    throw new Error("reading the hosts went wrong", { cause: attempt.reason });
  });
  const [first, ...rest] = failures;
  if (first !== undefined) throw Failure.join([first, ...rest]);
  const hosts = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? attempt.value : []));
  refuseTwice(hosts);
  return hosts;
}

/** As with experiments: a path has a slash or the ending of a YAML file, and no host name has. */
const isFile = (word: string): boolean => /[/\\]|\.ya?ml$/.test(word);

async function hostsOf(path: string): Promise<SurveyedHost[]> {
  const source = await readYaml(path);
  const { pings, iperfS, hosts } = validate(surveySchema, source.value, source);
  return hosts.map(({ host, port, location = null }) => ({ host, port, location, pings, iperfS }));
}

/** An IPv6 address has colons of its own: with a port it stands in brackets (RFC 3986). */
export function parseHost(word: string): SurveyedHost {
  const isBareIpv6 = !word.startsWith("[") && word.split(":").length > 2;
  const [, bracketed, plain, port] = isBareIpv6
    ? [word, word]
    : (/^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(word) ?? []);
  const host = hostSchema.safeParse(bracketed ?? plain);
  const number = portSchema.safeParse(port === undefined ? undefined : Number(port));
  if (!host.success || !number.success) {
    throw new Failure(`${JSON.stringify(word)} names no host`, {
      kind: "usage",
      mend: "write a survey's YAML file, HOST, HOST:PORT or [IPv6]:PORT, e.g. iperf.example.org:5201",
    });
  }
  const { pings, iperfS } = surveySchema.pick({ pings: true, iperfS: true }).parse({});
  return { host: host.data, port: number.data, location: null, pings, iperfS };
}

function refuseTwice(hosts: readonly SurveyedHost[]): void {
  const seen = new Set<string>();
  for (const { host, port } of hosts) {
    const name = `${host}, port ${port}`;
    if (seen.has(name)) {
      throw new Failure(`${name} is named twice`, { kind: "usage", mend: "name each host once" });
    }
    seen.add(name);
  }
}
