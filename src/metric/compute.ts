import { loadCatalog } from "../catalog.js";
import type { CellCurves, CellRecording } from "../record/recording.js";
import type { Estimate, Metric } from "./contract.js";

/** A cell with all its metrics; a metric that it does not have is absent. */
export interface MeasuredCell extends CellCurves {
  readonly metrics: ReadonlyMap<string, Estimate>;
}

/** Every metric of the catalog, in the order of its files. */
export async function loadMetrics(): Promise<Metric[]> {
  const modules = await loadCatalog(new URL("catalog/", import.meta.url));
  return modules.flatMap(({ metric, metrics }) => [
    ...(metric === undefined ? [] : [metric as Metric]),
    ...((metrics as readonly Metric[] | undefined) ?? []),
  ]);
}

export function computeMetrics(cell: CellRecording, metrics: readonly Metric[]): MeasuredCell {
  const computed = metrics.map((metric) => [metric.id, metric.compute(cell)] as const);
  const { probe: _, ...series } = cell.series;
  return {
    record: cell.record,
    series,
    metrics: new Map(computed.filter((entry): entry is [string, Estimate] => !!entry[1])),
  };
}
