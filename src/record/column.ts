/** One column of a CSV, said once beside where its values come from. */
export interface Column {
  /** As in the header; the unit is part of it where there is one. */
  readonly name: string;
  readonly type: "number" | "integer" | "string";
  /** `ms`, `bit/s`, …; absent for counts, names and text. */
  readonly unit?: string;
  readonly description: string;
  /** The words that may stand in it, where these are few. */
  readonly words?: readonly string[];
  /** Whether a field may be empty, and what that means stands in the description. */
  readonly optional?: true;
}

/** What a CSV holds. */
export interface TableDescription {
  readonly title: string;
  readonly columns: readonly Column[];
  /** Columns that together name a row; absent where rows have no name. */
  readonly primaryKey?: readonly string[];
}
