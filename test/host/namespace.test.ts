import { describe, expect, it } from "vitest";
import { localHost } from "../../src/host/local-host.js";
import { Namespace, namespaceNames } from "../../src/host/namespace.js";
import type { CommandLine, ExecOptions } from "../../src/host/process.js";

async function* nothing(): AsyncGenerator<string> {
  // No lines.
}

/** Notes what would be run on the host, and answers as told. */
function host(answer = "") {
  const calls: { command: string; options: ExecOptions | undefined }[] = [];
  const note = (command: CommandLine, options?: ExecOptions) => {
    calls.push({ command: command.join(" "), options });
  };
  const exec = (command: CommandLine, options?: ExecOptions): Promise<string> => {
    note(command, options);
    return Promise.resolve(answer);
  };
  const spawn = (command: CommandLine) => {
    note(command);
    return {
      pid: 1,
      lines: nothing(),
      ended: Promise.resolve({ exitCode: 0, stderr: "" }),
      write: () => undefined,
      stop: () => Promise.resolve(),
    };
  };
  return { calls, exec, namespace: new Namespace("cloudlet-7-vm1", { ...localHost, exec, spawn }) };
}

describe("Namespace", () => {
  it("runs commands inside, with their options", async () => {
    const { calls, namespace } = host("1\n");
    expect(await namespace.exec(["nstat", "-asj"], { timeoutMs: 5 })).toBe("1\n");
    namespace.spawn(["fping", "10.1.1.15"]);
    expect(calls).toEqual([
      { command: "ip netns exec cloudlet-7-vm1 nstat -asj", options: { timeoutMs: 5 } },
      { command: "ip netns exec cloudlet-7-vm1 fping 10.1.1.15", options: undefined },
    ]);
  });

  it("hands several iproute2 commands to one process, in their order", async () => {
    const { calls, namespace } = host();
    await namespace.ip("link set lo up", "link set eth0 up");
    expect(calls).toEqual([
      {
        command: "ip -netns cloudlet-7-vm1 -batch -",
        options: { input: "link set lo up\nlink set eth0 up\n" },
      },
    ]);
  });

  it("sets sysctls in one go, values with spaces as they are, and calls nothing for none", async () => {
    const { calls, namespace } = host();
    await namespace.sysctl({ "net.ipv4.ip_forward": "1", "net.ipv4.tcp_rmem": "4096 131072 6291456" });
    await namespace.sysctl({});
    expect(calls.map(({ command }) => command)).toEqual([
      "ip netns exec cloudlet-7-vm1 sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.tcp_rmem=4096 131072 6291456",
    ]);
  });

  it("makes and deletes itself by name, and nothing else", async () => {
    const { calls, namespace } = host();
    await namespace.create();
    await namespace.delete();
    expect(calls.map(({ command }) => command)).toEqual([
      "ip netns add cloudlet-7-vm1",
      "ip netns delete cloudlet-7-vm1",
    ]);
  });
});

describe("namespaceNames", () => {
  it("reads names with and without a kernel id", async () => {
    const { exec } = host("cloudlet-7-vm4\ncloudlet-7-vm1 (id: 3)\nsomebody-elses\n");
    expect(await namespaceNames(exec)).toEqual(["cloudlet-7-vm4", "cloudlet-7-vm1", "somebody-elses"]);
  });

  it("finds none where there is none", async () => {
    expect(await namespaceNames(host("").exec)).toEqual([]);
  });
});
