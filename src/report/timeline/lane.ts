/** What one lane of the timeline shows, before it is known where on the page. Times are ms on the cell's clock. */
export type Lane = PlotLane | BarLane;

/** A quantity over time. */
export interface PlotLane {
  readonly kind: "plot";
  readonly title: string;
  readonly unit: string;
  /** `log` begins at the decade below the least value, `linear` at zero. */
  readonly scale: "linear" | "log";
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly label: string;
  /** Number of a style of the figures' palette. */
  readonly style: number;
  readonly samples: readonly Sample[];
  /** Requests that nothing answered; drawn as a strip of their own. */
  readonly unanswered?: readonly number[];
  /** `marks`: each sample on its own. `steps`: each over its interval, joined unless intervals are missing. `line`: joined. */
  readonly form: "marks" | "steps" | "line";
}

export interface Sample {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

/** States over time, one row for each thing that has them. */
export interface BarLane {
  readonly kind: "bars";
  readonly title: string;
  readonly rows: readonly BarRow[];
}

export interface BarRow {
  readonly label: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly startMs: number;
  readonly endMs: number;
  /** Inside the bar where it fits. */
  readonly label: string;
  readonly style: number;
  /** Something there but not in use. */
  readonly hollow?: boolean;
}
