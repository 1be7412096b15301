import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Vpn from "../../src/commands/vpn.js";
import { CapturedEdge } from "../cli/captured-edge.js";

describe("cloudlet vpn", () => {
  const root = join(import.meta.dirname, "../..");
  const figure = "experiments/cloudlets/fig-3-9.yaml";
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "cloudlet-vpn-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function run(...argv: string[]) {
    const captured = new CapturedEdge();
    class Captured extends Vpn {
      protected override readonly edge = captured.edge;
    }
    const { error, result } = await captureOutput(() => Captured.run(argv, root));
    return { result, err: captured.err, exit: error?.oclif?.exit ?? 0 };
  }

  it("writes tables and a map, the same bytes each time", async () => {
    const written = async (name: string) => {
      const out = join(dir, name);
      await run(figure, "--dmax", "1.136", "--out", out);
      return await Promise.all(
        (await readdir(out)).sort().map(async (file) => [file, await readFile(join(out, file))] as const),
      );
    };
    const files = await written("one");
    expect(await written("two")).toEqual(files);
    expect(files.map(([file]) => file)).toEqual(["map.png", "map.svg", "members.csv", "vpns.csv"]);
    const text = new Map(files.map(([file, content]) => [file, content.toString("utf8")]));
    expect(text.get("vpns.csv")).toBe("vpn,founder,cloudlets,reachKm\n0,CE1,3,1.875\n1,CE4,3,0.962\n");
    expect(text.get("members.csv")).toBe("cloudlet,vpn\nCE1,0\nCE2,0\nCE4,1\nCE5,1\nCE3,0\nCE3,1\n");
  });

  it("says what the removal of one leaves", async () => {
    const { result, exit } = await run(figure, "--dmax", "1.136", "--remove", "CE3");
    expect(result).toMatchObject({
      vpns: [
        { vpn: 0, founder: "CE1", cloudlets: 2 },
        { vpn: 1, founder: "CE4", cloudlets: 2 },
      ],
      splits: [
        { from: { vpn: 0, cloudlets: 3 }, parts: [{ vpn: 0, cloudlets: 2 }], dropped: [] },
        { from: { vpn: 1, cloudlets: 3 }, parts: [{ vpn: 1, cloudlets: 2 }], dropped: [] },
      ],
    });
    expect(exit).toBe(0);
  });

  it.each([
    ["a negative distance", [figure, "--dmax=-1"], '--dmax: "-1" can\'t be taken'],
    ["no number", [figure, "--dmax", "far"], '--dmax: "far" can\'t be taken'],
    ["an unknown name", [figure, "--dmax", "1", "--remove", "CE33"], "did you mean CE3?"],
  ])("refuses %s, and writes nothing", async (_, argv, message) => {
    const { err, exit } = await run(...argv, "--out", join(dir, "refused"));
    expect(err).toContain(message);
    expect(exit).toBe(2);
    expect(await readdir(dir)).not.toContain("refused");
  });
});
