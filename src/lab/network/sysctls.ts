import type { CommandLine } from "../../host/process.js";

/** What decides how TCP and MPTCP behave (Documentation/networking/ip-sysctl.rst and mptcp-sysctl.rst). */
const names = [
  "net.core.rmem_max",
  "net.core.wmem_max",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
  "net.ipv4.tcp_congestion_control",
  "net.ipv4.tcp_syn_linear_timeouts",
  "net.ipv4.tcp_retries2",
  "net.mptcp",
];

/** Asks a kernel for those that it has; the arguments are the same for procps and for busybox. */
export const sysctlCommand = (...program: readonly [string, ...string[]]): CommandLine => [
  ...program,
  "-e",
  ...names,
];

/** Reads `key = value` lines; values of several numbers are separated by single spaces. */
export function parseSysctls(output: string): Record<string, string> {
  return Object.fromEntries(
    output.split("\n").flatMap((line) => {
      const [, key, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.trim().replaceAll(/\s+/g, " ")]];
    }),
  );
}
