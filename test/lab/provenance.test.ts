import { describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import type { CommandLine } from "../../src/host/process.js";
import { machineKind, parseMachine, toolVersions } from "../../src/lab/provenance.js";

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

describe("machineKind", () => {
  // Excerpts of a Debian 12 in QEMU 7.2, emulated and under KVM.
  const guest = "processor\t: 0\nflags\t\t: fpu de pse tsc hypervisor lahf_lm svm\n";
  it("tells a machine of hardware, a virtual and an emulated one apart", () => {
    expect(machineKind("flags\t\t: fpu de pse tsc lahf_lm svm\n", "tsc hpet acpi_pm\n", "LENOVO\n")).toBe(
      "physical",
    );
    expect(machineKind(guest, "kvm-clock tsc acpi_pm\n", "QEMU\n")).toBe("virtual");
    expect(machineKind(guest, "tsc hpet acpi_pm\n", "QEMU\n")).toBe("emulated");
    expect(machineKind(guest, "tsc hyperv_clocksource_tsc_page\n", "Microsoft Corporation\n")).toBe(
      "virtual",
    );
  });
});
