/**
 * Markup that may stand in a page as it is. Only `html` and `Html.trusted` make it, so whatever else lands
 * in a page is text and comes out escaped.
 */
export class Html {
  private constructor(readonly markup: string) {}

  /** Markup of our own making, in which nothing from a record or a YAML file stands unescaped. */
  static trusted(markup: string): Html {
    return new Html(markup);
  }
}

/** What may stand in a template: text is escaped, markup is not, a list is joined, null is nothing. */
export type Content = Html | string | number | null | readonly Content[];

/** Template tag: everything filled in is text unless it is Html. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return Html.trusted(
    parts.map((part, index) => (index === 0 ? "" : markupOf(contents[index - 1] ?? null)) + part).join(""),
  );
}

export function markupOf(content: Content): string {
  if (content === null) return "";
  if (content instanceof Html) return content.markup;
  if (typeof content === "object") return content.map(markupOf).join("");
  return escaped(String(content));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters but tab and newline are no HTML, and bidirectional ones would reorder what stands beside them. */
const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (mark) =>
      mark === "\n" || mark === "\t" ? mark : "\ufffd",
    )
    .replace(/[&<>"']/g, (mark) => entities[mark] ?? mark);
