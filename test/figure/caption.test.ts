import { describe, expect, it } from "vitest";
import { captionOf, hypervisorInWords } from "../../src/figure/caption.js";
import type { Chart, Series } from "../../src/figure/chart.js";
import { syntheticRun } from "../record/synthetic.js";

const axis = { id: "x", title: "x", scale: "linear" as const };
const chart = (series: readonly Series[]): Chart => ({
  kind: "chart",
  thesis: "Fig. 0",
  title: "",
  x: axis,
  y: axis,
  series,
  slots: [],
  windows: [],
  notes: [],
});
const marks = (kind: Series["kind"], counts: readonly number[]): Series => ({
  kind,
  label: "",
  style: 0,
  form: "marks",
  points: counts.map((n) => ({ x: 1, y: 1, n })),
});
const caption = (kind: "emulation" | "simulation", series: readonly Series[]) =>
  captionOf({ run: syntheticRun(kind) }, chart(series).series);

describe("the line under a chart's title", () => {
  it("names testbed and kind, profile, accelerator, n and date", () => {
    expect(caption("emulation", [marks("measured", [3, 3]), marks("paper", [9])]).origin).toBe(
      "Measured: testbed netns (emulation)  ·  profile thesis-2014  ·  QEMU with TCG  ·  n = 3  ·  2024-05-01",
    );
  });

  it("says of a simulation that it is one", () => {
    const { origin, simulated } = caption("simulation", [marks("measured", [1])]);
    expect(simulated).toBe(true);
    expect(origin).toContain("SIMULATED: testbed sim");
    expect(origin).not.toContain("Measured");
  });

  it("counts attested cells only", () => {
    expect(caption("emulation", [marks("measured", [2, 3]), marks("invalid", [1])]).origin).toContain(
      "n = 2 to 3",
    );
    expect(caption("emulation", [marks("invalid", [1])]).origin).toContain("no attested cell");
  });
});

describe("what VM3 ran under", () => {
  const { provenance } = syntheticRun("emulation");
  it("says so where KVM itself was emulated", () => {
    expect(hypervisorInWords({ ...provenance, accelerator: "kvm", cloudlets: "emulated" })).toBe(
      "QEMU with KVM in emulated machines",
    );
    expect(hypervisorInWords({ ...provenance, accelerator: "kvm", cloudlets: "physical" })).toBe(
      "QEMU with KVM",
    );
  });
});
