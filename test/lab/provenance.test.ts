import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import type { CommandLine } from "../../src/host/process.js";
import { parseMachine, toolVersions } from "../../src/lab/provenance.js";

describe("toolVersions", () => {
  it("writes down the first line of each tool, and that a tool would not say", async () => {
    const answers: Record<string, string> = {
      "uname -r": "6.18.44\n",
      "ip -V": "ip utility, iproute2-6.1.0\nmore",
    };
    const exec = (command: CommandLine) => {
      const answer = answers[command.join(" ")];
      return answer === undefined
        ? Promise.reject(new Failure("not installed", { kind: "environment" }))
        : Promise.resolve(answer);
    };
    expect(await toolVersions(exec)).toMatchObject({
      kernel: "6.18.44",
      iproute2: "ip utility, iproute2-6.1.0",
      fping: "unknown",
    });
  });
});

describe("parseMachine", () => {
  it("counts processors and rounds memory to whole MiB", () => {
    const cpuinfo =
      "processor\t: 0\nmodel name\t: QEMU TCG CPU version 2.5+\n\nprocessor\t: 1\nmodel name\t: x\n";
    expect(parseMachine(cpuinfo, "MemTotal:        2030428 kB\nMemFree: 1 kB\n")).toEqual({
      cpu: "QEMU TCG CPU version 2.5+",
      cores: 2,
      memoryMiB: 1983,
    });
  });

  it("says what it can't find out", () => {
    expect(parseMachine("", "")).toEqual({ cpu: "unknown", cores: 0, memoryMiB: 0 });
  });
});
