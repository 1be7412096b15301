import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPaper } from "../../src/paper/paper.js";
import { namedHosts, parseHost } from "../../src/survey/hosts.js";
import { failureFrom } from "../experiment/failure-of.js";
import { shippedPlan } from "../run/fixtures.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-survey-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(dir, "hosts.yaml");
  await writeFile(path, text);
  return path;
}

describe("a host on the command line", () => {
  it.each([
    ["iperf.example.org", "iperf.example.org", 5201],
    ["iperf.example.org:5205", "iperf.example.org", 5205],
    ["127.0.0.1:1", "127.0.0.1", 1],
    ["[2001:db8::1]:65535", "2001:db8::1", 65_535],
    ["[2001:db8::1]", "2001:db8::1", 5201],
    ["2001:db8::1", "2001:db8::1", 5201],
    ["fe80::1%eth0", "fe80::1%eth0", 5201],
    ["::1", "::1", 5201],
  ])("%s", (word, host, port) => {
    expect(parseHost(word)).toEqual({ host, port, location: null, pings: 10, iperfS: 10 });
  });

  it.each([
    ["-oProxyCommand=x"],
    ["--version"],
    ["[-x]:80"],
    [""],
    [":80"],
    ["host:"],
    ["host:0"],
    ["host:65536"],
    ["host:80a"],
    ["[::1"],
    ["a b"],
    ["$(id)"],
    ["host\n"],
    ["a".repeat(254)],
  ])("is none: %j", async (word) => {
    const failure = await failureFrom(namedHosts([word]));
    expect(failure.kind).toBe("usage");
    expect(failure.message).toBe(`${JSON.stringify(word)} names no host`);
  });

  it("may be one of several, which are all checked before any is measured", async () => {
    expect(await namedHosts(["one", "two:80"])).toMatchObject([{ host: "one" }, { host: "two", port: 80 }]);
    expect((await failureFrom(namedHosts(["one", "-a", "-b"]))).lines).toHaveLength(2);
    expect((await failureFrom(namedHosts(["one", "two", "one:5201"]))).line).toBe(
      "one, port 5201 is named twice → name each host once",
    );
  });
});

describe("a survey in YAML", () => {
  it("gives its hosts what it says of all of them", async () => {
    const path = await file(
      "title: Mine\npings: 3\nhosts:\n  - { host: a.example, port: 80, location: Here }\n  - host: ::1\n",
    );
    expect(await namedHosts([path, "c.example"])).toEqual([
      { host: "a.example", port: 80, location: "Here", pings: 3, iperfS: 10 },
      { host: "::1", port: 5201, location: null, pings: 3, iperfS: 10 },
      { host: "c.example", port: 5201, location: null, pings: 10, iperfS: 10 },
    ]);
  });

  it("is told of every mistake where it stands", async () => {
    const path = await file(
      "title: Mine\npings: 0\nhosts:\n  - { host: -x }\n  - { hots: b.example }\n  - { host: c, port: 70000 }\n",
    );
    expect((await failureFrom(namedHosts([path]))).lines).toEqual([
      `${path}:2:8: pings is 0 → write a number, at least 1`,
      `${path}:4:13: hosts[0].host is "-x" → write a host name or an IP address`,
      `${path}:5:7: unknown key hosts[1].hots → did you mean host?`,
      `${path}:6:22: hosts[2].port is 70000 → write a number, at most 65535`,
    ]);
  });

  it("has a host at least", async () => {
    const path = await file("title: Mine\nhosts: []\n");
    expect((await failureFrom(namedHosts([path]))).line).toBe(
      `${path}:2:8: hosts is an empty list → write a list, values: at least 1`,
    );
  });

  it("that is shipped names the thesis's hosts, as it printed them", async () => {
    const shipped = await namedHosts([join(import.meta.dirname, "../../experiments/survey.yaml")]);
    const { servers } = (await loadPaper()).publicServers;
    expect(shipped.map(({ host, location }) => ({ host, location }))).toEqual(
      servers.map(({ host, location }) => ({ host, location })),
    );
  });
});

it("is told from an experiment, and the other way round", async () => {
  const failure = await failureFrom(shippedPlan({ experiments: ["survey"] }));
  expect(failure.message).toBe("it names hosts and is no experiment");
  expect(failure.mend).toMatch(/^measure the way to them: cloudlet survey \S+survey\.yaml$/);
  const grid = join(import.meta.dirname, "../../experiments/grid.yaml");
  expect((await failureFrom(namedHosts([grid]))).message).toBe("hosts is missing");
});
