import { describe, expect } from "vitest";
import { z } from "zod";
import { counterGrowth, parseCounters, parseSubflows } from "../../src/probe/mptcp.js";
import { droppedPackets, parseEcho, probeSamples } from "../../src/probe/dual-address.js";
import { iperfSamples, parseIperfLine } from "../../src/probe/iperf3.js";
import { parseIperfReport } from "../../src/probe/iperf3-report.js";
import { capturedPackets } from "../../src/probe/packet-capture.js";
import { parsePingLine, pingSamples, summarizePing } from "../../src/probe/ping.js";
import { Failure } from "../../src/failure.js";
import { parseQemuVersion } from "../../src/guest/qemu.js";
import { readJsonAnswer } from "../../src/host/answer.js";
import { parseInterfaceCounters } from "../../src/host/interface-counters.js";
import { parseOffloads } from "../../src/host/offload.js";
import { formatManifest, parseManifest } from "../../src/record/manifest.js";
import { interfaceStateSchema } from "../../src/record/schema.js";
import { decodeSeries, encodeSeries, seriesNames } from "../../src/record/series-csv.js";
import type { RawSeries, SeriesName } from "../../src/record/series.js";
import { parseAddresses, parseInterfaces } from "../../src/lab/network/interfaces.js";
import { parseSysctls } from "../../src/lab/network/sysctls.js";
import { parseBoxList } from "../../src/testbed/vagrant/box/store.js";
import { parseSshConfig } from "../../src/testbed/vagrant/ssh-config.js";
import { fixture } from "../fixtures/fixture.js";
import { syntheticCell } from "../record/synthetic.js";
import { hostileJson, hostileOutput } from "./hostile-output.js";
import { holds } from "./property.js";

/** Nothing that a record would have to refuse: every number is one. */
function expectFinite(value: unknown): void {
  if (typeof value === "number") expect(value).toSatisfy(Number.isFinite);
  if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) expectFinite(each);
}

/** It can be recorded, and is read back as what it is. */
function expectRecordable<S extends SeriesName>(name: S, rows: RawSeries[S]): void {
  expect(decodeSeries(name, encodeSeries(name, rows), "x.csv")).toHaveLength(rows.length);
}

/** A value, or a failure that a person can read. */
function answered(parse: () => unknown): void {
  try {
    expectFinite(parse());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.line).not.toMatch(/[\r\n]/);
  }
}

const linesOf = (output: string): string[] => output.split("\n");
const epochUnixMs = 1_795_375_464_000;
const captured = linesOf(fixture("tcpdump-4.99.3-icmp-any.txt")).slice(0, 80).join("\n");
const pings = [
  ...["20221126-D-O", "20221126-D-O-late-replies", "20221126-D-O-unreachable", "20221126-D-O-c-5"],
  ...["20210202-D-O", "20240905-D-O"],
].map((kind) => fixture(`ping-iputils-${kind}.txt`));

/** In the format of ssh_config(5), as `vagrant ssh-config` writes it. */
const sshConfig = `Host vm1
  HostName 192.168.121.12
  User vagrant
  Port 22
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  IdentityFile "/var/cache/cloudlet/vagrant machines/vm1/private_key"
  LogLevel FATAL

`;
const boxList = "cloudlet/debian (libvirt, 0)\ngeneric/debian12 (libvirt, 4.3.12, (amd64))\n";
const qdiscs =
  '[{"kind":"noqueue","handle":"0:","root":true,"refcnt":2,"options":{},"bytes":0,"packets":0,"drops":0,"overlimits":0,"requeues":0,"backlog":0,"qlen":0}]';

describe("whatever it wrote", () => {
  holds(
    "iperf3's intervals are samples",
    hostileOutput(
      fixture("iperf3-3.12-client-interval-0.1.txt"),
      fixture("iperf3-3.18-client-interval-0.1.txt"),
      fixture("iperf-2.1.8-client.txt"),
    ),
    (output) => {
      const lines = linesOf(output).flatMap((text, index) => {
        const line = parseIperfLine(text);
        return line === undefined ? [] : [{ arrivedMs: index * 100, line }];
      });
      expectRecordable("iperf", iperfSamples(lines, "device"));
    },
  );

  holds(
    "iperf3's report is numbers or an error",
    hostileJson(
      ...["3.12-client", "3.12-client-refused", "3.18-client", "3.18-client-refused"].map((kind) =>
        fixture(`iperf3-${kind}.json`),
      ),
    ),
    (output) => {
      answered(() => parseIperfReport(output));
    },
  );

  holds("ping's lines are samples, and its end a summary", hostileOutput(...pings), (output) => {
    const lines = linesOf(output).flatMap((text) => parsePingLine(text) ?? []);
    expectRecordable("ping", pingSamples(lines, { address: "old", intervalMs: 1000, epochUnixMs }));
    expectFinite(summarizePing(output));
  });

  holds("tcpdump's lines are the probe's samples", hostileOutput(captured), (output) => {
    const packets = linesOf(output).flatMap((text) => parseEcho(text) ?? []);
    expectRecordable("probe", probeSamples(packets, { old: "10.1.1.15", next: "10.1.2.19" }, epochUnixMs));
  });

  holds(
    "tcpdump's closing words are counts",
    hostileOutput(fixture("tcpdump-4.99.3-stderr-dropped.txt"), fixture("tcpdump-4.99.3-stderr-file.txt")),
    (output) => {
      expectFinite([droppedPackets(output), capturedPackets(output)]);
    },
  );

  holds(
    "ss's sockets are subflows",
    hostileOutput(
      ...["5.9-loopback", "6.1-joined", "6.1-joining", "6.1-ipv4-and-ipv6", "6.15-loopback"].map((kind) =>
        fixture(`ss-tniH-iproute2-${kind}.txt`),
      ),
    ),
    (output) => {
      expectFinite(parseSubflows(output));
    },
  );

  holds(
    "nstat's counters are counters",
    hostileJson(...["5.9", "6.1", "6.15"].map((version) => fixture(`nstat-asj-iproute2-${version}.json`))),
    (output) => {
      answered(() => counterGrowth({}, parseCounters(output)));
    },
  );

  holds(
    "ethtool's offloads are on or off",
    hostileOutput(...["5.9-lo", "6.1-tap", "6.14-lo"].map((kind) => fixture(`ethtool-k-${kind}.txt`))),
    (output) => {
      for (const state of Object.values(parseOffloads(output))) expect(state).toBeTypeOf("boolean");
    },
  );

  holds(
    "ip's interfaces are states and addresses",
    hostileJson(
      ...["5.9-loopback", "6.1", "6.15-loopback"].map((kind) =>
        fixture(`ip-j-address-show-iproute2-${kind}.json`),
      ),
    ),
    (output) => {
      answered(() =>
        parseInterfaces(output, "VM3", ["10.1.1.0/24"]).map((state) => interfaceStateSchema.parse(state)),
      );
      answered(() => parseAddresses(output));
    },
  );

  holds(
    "sysctls are words, /proc/net/dev counts, QEMU's version a version",
    hostileOutput(
      "net.ipv4.tcp_rmem = 4096\t131072\t6291456\nnet.mptcp.enabled = 1\n",
      fixture("proc-net-dev-6.18.txt"),
      fixture("qemu-7.2.22-version.txt"),
    ),
    (output) => {
      for (const value of Object.values(parseSysctls(output))) expect(value).toBeTypeOf("string");
      expectFinite(parseInterfaceCounters(output, "eth0"));
      expect(parseQemuVersion(output) ?? "7.2").toMatch(/^\d+\.\d+(\.\d+)?$/);
    },
  );

  holds("vagrant's ssh-config is logins or an error", hostileOutput(sshConfig), (output) => {
    answered(() => {
      for (const { address, port, user, identityFile } of parseSshConfig(output).values()) {
        for (const word of [address, user]) expect(word).toMatch(/^\w[\w.:-]*$/);
        expect(identityFile).toMatch(/\S/);
        expect(port).toSatisfy((number: number) => Number.isInteger(number) && number > 0 && number < 65_536);
      }
    });
  });

  holds("vagrant's boxes are names", hostileOutput(boxList), (output) => {
    for (const name of parseBoxList(output)) expect(name).toMatch(/^\S+$/);
  });

  holds("tc's qdiscs are a list, kept as it is", hostileJson(qdiscs), (output) => {
    answered(() => {
      const shown = readJsonAnswer(z.array(z.unknown()), output, { kind: "environment", place: "tc" });
      expect(shown).toBeInstanceOf(Array);
    });
  });

  holds(
    "a list of hashes is one, or none",
    hostileOutput(
      formatManifest(
        new Map([
          ["run.json", "0".repeat(64)],
          ["cells/a-r1/cell.json", "f".repeat(64)],
        ]),
      ),
    ),
    (text) => {
      const manifest = parseManifest(text);
      if (manifest !== undefined) expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
    },
  );

  const { series } = syntheticCell({ bandwidthMbit: 350, rttMs: 20 });
  for (const name of seriesNames) {
    const real = encodeSeries(name, series[name].slice(0, 20) as never);
    holds(`a ${name} series is its rows, or a failure`, hostileOutput(real), (csv) => {
      answered(() => {
        const rows = decodeSeries(name, csv, "x.csv");
        expectRecordable(name, rows);
        return rows;
      });
    });
  }
});
