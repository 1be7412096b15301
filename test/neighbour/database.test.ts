import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase, readDatabase, writeDatabase } from "../../src/neighbour/database.js";
import type { Peer, Peers } from "../../src/neighbour/peers.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "neighbours-"));
});
afterAll(() => rm(folder, { recursive: true }));

const at = "2026-01-01T00:00:00.000Z";
const peer: Peer = {
  address: "10.5.0.1",
  port: 3440,
  name: "C2",
  standing: { kind: "neighbour", slowRounds: 1, silentRounds: 0 },
  rttMs: 20.5,
  measuredAt: at,
};
const peers: Peers = new Map([["10.5.0.1:3440", peer]]);

describe("the database's file", () => {
  it("gives back what was written, and leaves no other file", async () => {
    const dir = await mkdtemp(join(folder, "whole-"));
    const file = join(dir, "c1.json");
    await writeDatabase(file, { name: "C1", writtenAt: at, peers: new Map() });
    await writeDatabase(file, { name: "C1", writtenAt: at, peers });
    expect(await readDatabase(file)).toEqual({ name: "C1", writtenAt: at, peers });
    expect(await openDatabase(file, "C1")).toEqual(peers);
    expect(await readdir(dir)).toEqual(["c1.json"]);
  });

  it("is empty where there is none, but only for who opens it", async () => {
    const none = join(folder, "none.json");
    expect(await openDatabase(none, "C1")).toEqual(new Map());
    await expect(readDatabase(none)).rejects.toMatchObject({ kind: "usage", message: "no such file" });
  });

  it("of another cloudlet is not taken over", async () => {
    const file = join(folder, "c1.json");
    await writeDatabase(file, { name: "C1", writtenAt: at, peers });
    await expect(openDatabase(file, "C2")).rejects.toMatchObject({
      message: "it is the database of C1",
      mend: "name a file of C2's own",
    });
  });

  const written = (change: (text: string) => string) => async () => {
    const file = join(folder, "damaged.json");
    await writeDatabase(file, { name: "C1", writtenAt: at, peers });
    await writeFile(file, change(await readFile(file, "utf8")));
    return file;
  };
  it.each([
    ["cut off", written((text) => text.slice(0, -5)), "not JSON"],
    ["of a negative RTT", written((text) => text.replace("20.5", "-1")), "peers.0.rttMs"],
    ["of an impossible port", written((text) => text.replace("3440", "99999")), "peers.0.port"],
    [
      "of a state that is none",
      written((text) => text.replace('"neighbour"', '"friend"')),
      "peers.0.standing",
    ],
    ["of another version", written((text) => text.replace("neighbours/1", "neighbours/2")), "schema"],
    ["too long", written((text) => text + " ".repeat(2 ** 20)), "more than 1048576 bytes"],
  ])("%s is refused with its place, and not touched", async (_, damaged, why) => {
    const file = await damaged();
    const before = await readFile(file, "utf8");
    await expect(readDatabase(file)).rejects.toMatchObject({
      kind: "usage",
      place: file,
      message: expect.stringContaining(why) as string,
    });
    await expect(openDatabase(file, "C1")).rejects.toMatchObject({ place: file });
    expect(await readFile(file, "utf8")).toBe(before);
  });
});
