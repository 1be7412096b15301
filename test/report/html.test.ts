import { describe, expect, it } from "vitest";
import { html, Html, markupOf } from "../../src/report/html.js";

describe("markup", () => {
  it("holds whatever is filled in as text, in content and in attributes", () => {
    const text = `<script>alert("1")</script> & 'x'`;
    expect(markupOf(html`<p title="${text}">${text}</p>`)).toBe(
      `<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>`,
    );
  });

  it("takes markup as it is, however deep, joins lists, and leaves null out", () => {
    const item = (text: string) => html`<li>${text}</li>`;
    const list = html`${[item("a<"), [item("b")], null, "c>", 4]}${Html.trusted("<b>ours</b>")}`;
    expect(markupOf(list)).toBe("<li>a&lt;</li><li>b</li>c&gt;4<b>ours</b>");
  });

  it("escapes an entity once, and so shows it as it was", () => {
    expect(markupOf("&lt;")).toBe("&amp;lt;");
  });

  it("shows control and bidirectional characters as such, and keeps lines", () => {
    expect(markupOf("a\u0000b\u001bc\u202ed\u2066e\u0085f\ng\th")).toBe(
      "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ng\th",
    );
  });
});
