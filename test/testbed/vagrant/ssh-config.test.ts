import { describe, expect, it } from "vitest";
import { parseSshConfig } from "../../../src/testbed/vagrant/ssh-config.js";
import { failureOf } from "../../experiment/failure-of.js";
import { fixture } from "../../fixtures/fixture.js";

describe("parseSshConfig", () => {
  it("reads how to log in to each machine from Vagrant's real output", () => {
    const logins = parseSshConfig(fixture("vagrant-2.3.4-ssh-config.txt"));
    expect([...logins.keys()]).toEqual(["vm1", "vm2", "vm4"]);
    expect(logins.get("vm1")).toEqual({
      address: expect.stringMatching(/^192\.168\.121\.\d+$/) as string,
      port: 22,
      user: "vagrant",
      identityFile: expect.stringMatching(/\/login\.key$/) as string,
    });
  });

  it("reads a path with spaces, which ssh_config has in quotes", () => {
    const text = 'Host vm1\n  HostName h\n  User u\n  Port 2222\n  IdentityFile "/a folder/key"\n';
    expect(parseSshConfig(text).get("vm1")).toMatchObject({ port: 2222, identityFile: "/a folder/key" });
  });

  it("finds none in nothing", () => {
    expect(parseSshConfig("").size).toBe(0);
  });

  const complete = { HostName: "h", User: "u", Port: "2222", IdentityFile: "/key" };
  const refusals: [string, Partial<Record<keyof typeof complete, string>>, string][] = [
    ["an option to ssh for an address", { HostName: "-oProxyCommand=reboot" }, "address"],
    ["an address of several words", { HostName: "a b" }, "address"],
    ["an option to ssh for a user", { User: "-lroot" }, "user"],
    ["a port out of range", { Port: "65536" }, "port"],
    ["a port that is no number", { Port: "ssh" }, "port"],
    ["no key", { IdentityFile: '""' }, "identityFile"],
  ];
  it.each(refusals)("refuses %s, saying which machine and what", (_, change, path) => {
    const settings = Object.entries({ ...complete, ...change }).map(([key, value]) => `  ${key} ${value}\n`);
    const { kind, line } = failureOf(() => parseSshConfig(`Host vm1\n${settings.join("")}`));
    expect(kind).toBe("environment");
    expect(line).toContain(`vagrant ssh-config, Host vm1: its answer is not understood: ${path}: `);
  });

  it("refuses a machine that nobody could log in to", () => {
    expect(failureOf(() => parseSshConfig("Host vm1\n  HostName h\n")).line).toContain("Host vm1: ");
  });
});
