import type { MeasuredRun } from "../metric/measured-run.js";
import type { Provenance } from "../record/schema.js";
import type { Chart } from "./chart.js";

/** What a reader must know to judge a chart, in the picture itself. */
export interface Caption {
  /** Under the title: testbed and kind, profile, accelerator, repetitions, date. */
  readonly origin: string;
  readonly simulated: boolean;
  /** Last line under the chart: the record and the software it comes from. */
  readonly provenance: string;
}

/** @param series what a chart draws; left out, one cell is drawn. */
export function captionOf({ run }: Pick<MeasuredRun, "run">, series?: Chart["series"]): Caption {
  const { testbed, provenance, profile } = run;
  const simulated = testbed.kind === "simulation";
  const parts = [
    simulated ? `SIMULATED: testbed ${testbed.name}` : `Measured: testbed ${testbed.name} (emulation)`,
    `profile ${profile.name}`,
    hypervisorInWords(provenance),
    series === undefined ? "n = 1" : repetitions(series),
    run.startedAt.slice(0, 10),
  ];
  const { version, commit } = run.software;
  return {
    origin: parts.join("  ·  "),
    simulated,
    provenance: `Run ${run.runId}, cloudlet ${version}${commit === null ? "" : `, commit ${commit.slice(0, 12)}`}.`,
  };
}

/** What VM3 ran under: QEMU, and on what, where that is no machine of hardware. */
export function hypervisorInWords({ accelerator, cloudlets }: Provenance): string {
  const qemu = { kvm: "QEMU with KVM", tcg: "QEMU with TCG", simulated: "no real guest" }[accelerator];
  return cloudlets === undefined || cloudlets === "physical" ? qemu : `${qemu} in ${cloudlets} machines`;
}

/** How many attested cells a drawn mean or curve stands for. */
function repetitions(series: Chart["series"]): string {
  const counts = series
    .filter(({ kind }) => kind === "measured")
    .flatMap(({ form, points }) => (form === "curve" ? [1] : points.map(({ n }) => n ?? 1)));
  if (counts.length === 0) return "no attested cell";
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  return least === most ? `n = ${least}` : `n = ${least} to ${most}`;
}
