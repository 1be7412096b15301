import { claimTally } from "../compare/report.js";
import { hypervisorInWords } from "../figure/caption.js";
import { html, type Html } from "./html.js";
import type { ReportSource } from "./source.js";

/** What was run, on what, and how far to trust it, before anything else. */
export function headline({ measured, comparison }: ReportSource): Html {
  const { run, cells, points } = measured;
  const { testbed, profile, provenance } = run;
  const simulated = testbed.kind === "simulation";
  const facts: [string, string][] = [
    ["Testbed", `${testbed.name}, ${simulated ? "simulated" : "emulation on a real machine"}`],
    ["Profile", `${profile.name}: ${profile.title}`],
    ["VM3 ran under", hypervisorInWords(provenance)],
    ["Date", period(run.startedAt, run.endedAt ?? run.startedAt)],
    ["Cells", statusCounts(cells)],
    ["Repetitions", repetitions(points.map(({ ok }) => ok.length))],
    ["Run", `${run.runId}, seed ${run.seed}`],
    ["Against the thesis", comparison.metrics.length === 0 ? "no point in common" : claimTally(comparison)],
  ];
  return html`<header>
    <p class="origin ${simulated ? "simulated" : "measured"}">
      ${
        simulated
          ? `Simulated. Every number here comes from the testbed ${testbed.name}, a model; none was measured on a network.`
          : `Measured on the testbed ${testbed.name}.`
      }
    </p>
    <h1>Live VM migration between cloudlets: ${run.experiments.map(({ name }) => name).join(", ")}</h1>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

/** `13 of 13 ok`, or what else became of them. */
function statusCounts(cells: ReportSource["measured"]["cells"]): string {
  const count = (status: string) => cells.filter(({ record }) => record.status === status).length;
  const rest = ["invalid", "failed"].flatMap((status) =>
    count(status) > 0 ? [`${count(status)} ${status}`] : [],
  );
  return [`${count("ok")} of ${cells.length} ok`, ...rest].join(", ");
}

/** How many ok cells a point of the run has. */
function repetitions(counts: readonly number[]): string {
  if (counts.length === 0) return "none";
  const least = counts.reduce((a, b) => Math.min(a, b));
  const most = counts.reduce((a, b) => Math.max(a, b));
  return least === most ? `n = ${least} at each point` : `n = ${least} to ${most} at a point`;
}

/** Two ISO 8601 times to the minute, as a person reads them: `2026-11-22 20:25 to 20:26 UTC`. */
function period(from: string, to: string): string {
  const [fromDay = "", fromTime = ""] = from.slice(0, 16).split("T");
  const [toDay = "", toTime = ""] = to.slice(0, 16).split("T");
  return `${fromDay} ${fromTime} to ${fromDay === toDay ? "" : `${toDay} `}${toTime} UTC`;
}
