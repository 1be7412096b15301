import type { Cell } from "../experiment/plan.js";
import type { CellRecording } from "../record/recording.js";
import type { PointPrecision, StopRule } from "./stop-rule.js";

/** What all repetitions of a point have in common of their ids. */
const pointOf = ({ id, repeat }: Pick<Cell, "id" | "repeat">): string =>
  id.slice(0, id.length - `-r${repeat}`.length);

/**
 * Which of a plan's cells are carried out: all of them, or with a stop rule the first `minRepeat` repetitions
 * and of each further one the points that need it, in the plan's order. A decision is made of whole
 * repetitions alone, so that it does not depend on which of several cells ended first.
 */
export class Repetitions {
  readonly #values = new Map<string, number[]>();
  readonly #repeats = new Map<string, number>();
  #repeat: number;

  constructor(
    private readonly cells: readonly Cell[],
    private readonly rule?: StopRule,
  ) {
    this.#repeat = rule?.declared.minRepeat ?? Infinity;
  }

  /** The last repetition that is certain, or was begun. */
  get repeat(): number {
    return this.#repeat;
  }

  /** Cells that are carried out whatever they show. */
  get certain(): Cell[] {
    return this.cells.filter(({ repeat }) => repeat <= this.#repeat);
  }

  /** Cells that may have to follow on what is certain by now. */
  get possible(): Cell[] {
    return this.cells.filter((cell) => cell.repeat > this.#repeat && !this.#isSettled(pointOf(cell)));
  }

  /** Takes note of a recorded cell. */
  add(cell: CellRecording): void {
    const point = pointOf(cell.record);
    const value = this.rule?.valueOf(cell);
    this.#repeats.set(point, Math.max(cell.record.repeat, this.#repeats.get(point) ?? 0));
    if (value !== undefined) this.#values.set(point, [...(this.#values.get(point) ?? []), value]);
  }

  /** Cells of the next repetition, once all before it are recorded; none: every point is settled, or at the maximum. */
  next(): Cell[] {
    this.#repeat++;
    return this.cells.filter((cell) => cell.repeat === this.#repeat && !this.#isSettled(pointOf(cell)));
  }

  /** Every point of the plan in the order of their names. */
  precision(): PointPrecision[] {
    return [...new Set(this.cells.map(pointOf))].sort().map((point) => {
      const values = this.#values.get(point) ?? [];
      return {
        point,
        repeats: this.#repeats.get(point) ?? 0,
        n: values.length,
        relativeHalfWidth: this.rule?.relativeHalfWidthOf(values) ?? null,
        reached: this.#isSettled(point),
      };
    });
  }

  #isSettled(point: string): boolean {
    if (this.rule === undefined) return true;
    const found = this.rule.relativeHalfWidthOf(this.#values.get(point) ?? []);
    return found !== null && found <= this.rule.declared.relativeHalfWidth;
  }
}
