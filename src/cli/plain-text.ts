/**
 * What a terminal would obey instead of show: control characters but for tab and line feed, and the marks that
 * break or reorder text (Unicode Standard Annex 9), by which a line could read as another than it is.
 */
const commands = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of a record, or of another program, as a person may be shown it: each such character as a mark of its place. */
export const plainText = (text: string): string => text.replace(commands, "\ufffd");

/** A value as JSON text that is safe on a terminal, too, and still the same value. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    commands,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
