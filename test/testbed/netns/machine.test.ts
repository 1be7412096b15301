import { describe, expect, it } from "vitest";
import type { Cell } from "../../../src/experiment/plan.js";
import { Failure } from "../../../src/failure.js";
import type { CommandLine } from "../../../src/host/process.js";
import { readQemuVersion } from "../../../src/guest/qemu.js";
import { testbed } from "../../../src/testbed/netns/index.js";
import { chooseShaper } from "../../../src/testbed/netns/machine.js";
import { missingTools } from "../../../src/lab/tools.js";
import { failureFrom } from "../../experiment/failure-of.js";
import { fixture } from "../../fixtures/fixture.js";
import { shippedPlan } from "../../run/fixtures.js";

/** Answers of a machine by the beginning of the command; everything else fails. */
const machine = (answers: Record<string, string>) => (command: CommandLine) => {
  const line = command.join(" ");
  const known = Object.keys(answers).find((start) => line.startsWith(start));
  return known === undefined
    ? Promise.reject(new Failure(`${line} failed`, { kind: "environment" }))
    : Promise.resolve(answers[known] ?? "");
};

describe("chooseShaper", () => {
  it("shapes on the host where its kernel has netem, and takes the trial away again", async () => {
    const commands: string[] = [];
    const kind = await chooseShaper((command) => {
      commands.push(command.slice(0, 3).join(" "));
      return Promise.resolve("");
    });
    expect(kind).toBe("host");
    expect(commands).toEqual(["tc qdisc add", "tc qdisc delete"]);
  });

  it("shapes in a guest where tc refuses", async () => {
    expect(await chooseShaper(machine({}))).toBe("guest");
  });
});

describe("versions", () => {
  it("takes QEMU's own word for it", async () => {
    const text = fixture("qemu-7.2.22-version.txt");
    expect(await readQemuVersion(machine({ "qemu-system-x86_64 --version": text }))).toBe("7.2.22");
  });

  it("does not go on with a QEMU of unknown version", async () => {
    const failure = await failureFrom(
      readQemuVersion(machine({ "qemu-system-x86_64": "a wrapper script\nof somebody's" })),
    );
    expect(failure.message).toBe("qemu-system-x86_64 states no version: a wrapper script");
    expect(failure.mend).toMatch(/apt-get install/);
  });
});

describe("missingTools", () => {
  it("names those that are not on the PATH", async () => {
    const wanted = { ip: "iproute2", fping: "fping", chrt: "util-linux" };
    expect(await missingTools(machine({ "which ip": "/usr/sbin/ip" }), wanted)).toEqual(["fping", "chrt"]);
  });
});

describe("what netns refuses", () => {
  it("refuses no cell of the thesis, and no link above 1 Gbit/s", async () => {
    const { cells } = (
      await shippedPlan({
        experiments: [
          "window",
          "baseline-throughput",
          "baseline-migration",
          "baseline-migration-loaded",
          "grid",
          "handover",
          "smoke",
        ],
      })
    ).plan;
    expect(cells.map((cell) => testbed.refuse(cell))).toEqual(cells.map(() => undefined));
    const [cell] = cells as [Cell];
    const fast = { rateBps: 1e9, rttMs: 0 };
    expect(testbed.refuse({ ...cell, wan: fast, access: fast })).toBeUndefined();
    expect(testbed.refuse({ ...cell, wan: { ...fast, rateBps: 1.1e9 } })).toMatchObject({
      key: "wan.bandwidthMbit",
      message: "the netns testbed carries at most 1000 Mbit/s",
    });
    expect(testbed.refuse({ ...cell, access: { ...fast, rateBps: 10e9 } })).toMatchObject({
      key: "access.bandwidthMbit",
    });
  });
});
