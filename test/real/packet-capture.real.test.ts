import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exec } from "../../src/host/process.js";
import { readRecording } from "../../src/record/read.js";
import { machineState } from "./machine-state.js";
import { requireNetns } from "./require-testbed.js";
import { requirePrograms } from "./require-programs.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

/** Subtypes of the MPTCP option (RFC 8684 section 8.2). */
const subtypes = { MP_CAPABLE: 0, MP_JOIN: 1, DSS: 2, ADD_ADDR: 3, REMOVE_ADDR: 4 } as const;

describe("--pcap on netns", () => {
  beforeEach(requireNetns());
  requirePrograms({ tshark: ["which", "tshark"], capinfos: ["which", "capinfos"] });

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-real-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  it("leaves a capture of the whole handover in the record, which Wireshark opens as it is", async () => {
    const before = await machineState();
    const dir = join(out, "run");
    const { stdout, stderr } = await execa(
      process.execPath,
      [cloudlet, "run", "smoke", "--testbed", "netns", "--profile", "modern", "--pcap", "--out", dir],
      { reject: false },
    );
    const [cell] = (await readRecording(dir)).cells;
    const [capture] = cell?.record.captures ?? [];
    if (cell === undefined || capture === undefined) throw new Error(`no capture:\n${stdout}\n${stderr}`);
    const { record, series } = cell;
    expect(record.status, record.reasons.join("\n")).not.toBe("failed");
    expect(capture).toMatchObject({ file: "device.pcap.gz", dropped: 0, complete: true });
    const file = join(dir, "cells", record.id, capture.file);

    const info = await exec(["capinfos", file]);
    expect(info).toMatch(/nanosecond pcap \(gzip compressed\)/);
    const count = async (filter: string) =>
      (await exec(["tshark", "-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"]))
        .split("\n")
        .filter((line) => line !== "").length;
    expect(await count("frame")).toBe(capture.packets);

    for (const [name, subtype] of Object.entries(subtypes)) {
      expect(await count(`tcp.options.mptcp.subtype == ${subtype}`), name).toBeGreaterThan(0);
    }
    // The handshakes themselves: the capture was there before the connection, and when it had moved.
    const syn = "tcp.flags.syn == 1 && tcp.flags.ack == 0";
    expect(await count(`${syn} && tcp.options.mptcp.subtype == 0 && ip.dst == 10.1.1.15`)).toBe(2);
    expect(await count(`${syn} && tcp.options.mptcp.subtype == 1 && ip.dst == 10.1.2.19`)).toBeGreaterThan(0);
    // What the probe counted from its own capture.
    const requests = series.probe.filter(({ address }) => address === "old").length;
    const seen = await count("icmp.type == 8 && ip.dst == 10.1.1.15");
    expect(seen).toBeGreaterThanOrEqual(requests);

    expect(await exec(["sha256sum", "--quiet", "-c", "SHA256SUMS"], { cwd: dir })).toBe("");
    expect(await machineState()).toEqual(before);
  });
});
