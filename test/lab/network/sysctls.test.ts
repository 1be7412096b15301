import { expect, it } from "vitest";
import { parseSysctls, sysctlCommand } from "../../../src/lab/network/sysctls.js";

it("reads what sysctl(8) of procps 4.0 prints, and nothing else", () => {
  const output = [
    "net.core.rmem_max = 212992",
    "net.ipv4.tcp_rmem = 4096\t131072\t6291456",
    "net.mptcp.path_manager = kernel ",
    "net.mptcp.scheduler = ",
    'sysctl: permission denied on key "net.ipv4.tcp_fastopen_key"',
    "",
  ].join("\n");
  expect(parseSysctls(output)).toEqual({
    "net.core.rmem_max": "212992",
    "net.ipv4.tcp_rmem": "4096 131072 6291456",
    "net.mptcp.path_manager": "kernel",
    "net.mptcp.scheduler": "",
  });
});

it("asks in VM3 through busybox, which has no sysctl of its own name", () => {
  expect(sysctlCommand("busybox", "sysctl").slice(0, 3)).toEqual(["busybox", "sysctl", "-e"]);
});
