import type { Exec } from "../host/process.js";

/** Programs that a machine of a lab calls, and the Debian package each comes from. */
const everywhere = {
  ip: "iproute2",
  tc: "iproute2",
  ss: "iproute2",
  nstat: "iproute2",
  ping: "iputils-ping",
  iperf3: "iperf3",
  ethtool: "ethtool",
  sysctl: "procps",
} as const;

/** What a cloudlet needs, to run VM3. */
export const cloudletTools: Readonly<Record<string, string>> = {
  ...everywhere,
  "qemu-system-x86_64": "qemu-system-x86",
};

/** What the device needs, to open MPTCP connections and to probe. */
export const deviceTools: Readonly<Record<string, string>> = {
  ...everywhere,
  fping: "fping",
  tcpdump: "tcpdump",
  mptcpize: "mptcpize",
  chrt: "util-linux",
};

/** What this machine needs to decode captures, in cells that are about MPTCP's signals. */
export const decodingTools: Readonly<Record<string, string>> = { tshark: "tshark" };

/** Those that are not on the PATH, in their order. */
export async function missingTools(exec: Exec, wanted: Readonly<Record<string, string>>): Promise<string[]> {
  const missing: string[] = [];
  for (const tool of Object.keys(wanted)) {
    try {
      // dash's `command -v` would need a shell; which(1) is in debianutils, which is essential.
      await exec(["which", tool]);
    } catch {
      missing.push(tool);
    }
  }
  return missing;
}
