/**
 * What a sequence diagram shows, without saying how it is drawn: the drawing makes the picture of it and the CSV beside
 * the picture, so that both hold the same. Times are s since the first row's.
 */
export interface SequenceDiagram {
  readonly kind: "sequence";
  /** The thesis's number of the figure: `Fig. 3.6`. */
  readonly thesis: string;
  readonly title: string;
  /** From left to right, the first line its name, the others below it. */
  readonly lifelines: readonly (readonly string[])[];
  /** In the order of time. Each takes a row: the picture is not to scale. */
  readonly rows: readonly SequenceRow[];
  readonly notes: readonly string[];
}

export type SequenceRow =
  /** A packet, numbered as the thesis numbers them. */
  | {
      readonly kind: "message";
      readonly timeS: number;
      readonly from: number;
      readonly to: number;
      readonly step: number;
      readonly label: string;
    }
  /** Data for a while. */
  | {
      readonly kind: "data";
      readonly timeS: number;
      readonly endS: number;
      readonly from: number;
      readonly to: number;
      readonly label: string;
    }
  /** Something that happened to one of them alone. */
  | { readonly kind: "event"; readonly timeS: number; readonly at: number; readonly label: string };

/** Columns of the CSV beside the picture. */
export const sequenceColumns = ["kind", "timeS", "timeSEnd", "step", "from", "to", "label"] as const;

/** Header and rows of the CSV beside the picture. */
export function sequenceRows({ lifelines, rows }: SequenceDiagram): (string | number | null)[][] {
  const name = (index: number) => lifelines[index]?.[0] ?? "";
  const s = (value: number) => Number(value.toFixed(6));
  return [
    [...sequenceColumns],
    ...rows.map((row) => {
      switch (row.kind) {
        case "message":
          return [row.kind, s(row.timeS), null, row.step, name(row.from), name(row.to), row.label];
        case "data":
          return [row.kind, s(row.timeS), s(row.endS), null, name(row.from), name(row.to), row.label];
        case "event":
          return [row.kind, s(row.timeS), null, null, name(row.at), null, row.label];
      }
    }),
  ];
}
