import { type Content, html, type Html } from "./html.js";

/** Something that is folded away until a reader asks for it; on paper it is unfolded. */
export const disclosure = (summary: Content, content: Content): Html =>
  html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;

/** Recorded settings as the text that they are, line for line. */
export const verbatim = (text: string): Html => html`<pre class="scroll" tabindex="0">${text}</pre>`;
