import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import NeighboursList from "../../src/commands/neighbours/list.js";
import { writeDatabase } from "../../src/neighbour/database.js";
import { newPeer, type Peer } from "../../src/neighbour/peers.js";
import { CapturedEdge } from "../cli/captured-edge.js";

describe("cloudlet neighbours list", () => {
  const root = join(import.meta.dirname, "../..");
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "cloudlet-neighbours-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function run(file: string) {
    const captured = new CapturedEdge();
    class Captured extends NeighboursList {
      protected override readonly edge = captured.edge;
    }
    const { error, result } = await captureOutput(() => Captured.run(["--db", file], root));
    return { result, err: captured.err, exit: error?.oclif?.exit ?? 0 };
  }

  it("shows neighbours first, each with its class of Table 3.2", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const far: Peer = {
      ...newPeer({ address: "10.6.0.1", port: 3440 }, "C3"),
      standing: { kind: "too far", fastRounds: 0, silentRounds: 0 },
      rttMs: 180,
      measuredAt: at,
    };
    const near: Peer = {
      ...newPeer({ address: "10.5.0.1", port: 3440 }, "C2"),
      standing: { kind: "neighbour", slowRounds: 0, silentRounds: 0 },
      rttMs: 20.1234567,
      measuredAt: at,
    };
    const unheard = newPeer({ address: "10.7.0.1", port: 3440 }, null);
    const peers = new Map([far, unheard, near].map((peer) => [`${peer.address}:${peer.port}`, peer]));
    const file = join(dir, "c1.json");
    await writeDatabase(file, { name: "C1", writtenAt: at, peers });
    const { result, exit } = await run(file);
    expect(result).toMatchObject({
      name: "C1",
      peers: [
        { name: "C2", isNeighbour: true, rttMs: 20.123, impression: "crisp" },
        { name: "C3", isNeighbour: false, rttMs: 180, impression: "noticeable to annoying" },
        { name: null, endpoint: "10.7.0.1:3440", isNeighbour: false, rttMs: null, impression: null },
      ],
    });
    expect(exit).toBe(0);
  });

  it("refuses a damaged file with its place", async () => {
    const file = join(dir, "damaged.json");
    await writeFile(file, "{");
    expect(await run(file)).toMatchObject({
      err: `${file}: no neighbour database: not JSON → name another file; nothing in this one was changed\n`,
      exit: 2,
    });
  });
});
