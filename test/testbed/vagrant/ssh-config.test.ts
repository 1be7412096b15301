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

  it("finds none in nothing, and refuses a machine that nobody could log in to", () => {
    expect(parseSshConfig("").size).toBe(0);
    expect(failureOf(() => parseSshConfig("Host vm1\n  HostName h\n")).message).toMatch(/how to reach vm1/);
  });
});
