/**
 * A command line as the text that ssh hands to the login shell over there: each word quoted, so that the shell
 * sees exactly these words and nothing to interpret (POSIX 2.2.2, single quotes).
 */
export const quoteWords = (words: readonly string[]): string => words.map(quoteWord).join(" ");

function quoteWord(word: string): string {
  if (word.includes("\0")) throw new RangeError("a word of a command line can't hold a NUL");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
