import assert from "node:assert/strict";
import { type Authored, seeded } from "../../authored.ts";

const page = `# Hot *swap*

One **bold \`a<b\`** word,
and [a link](https://example.com/?a=1&b=2).

## List
- first
- second & *third*

> quoted
> > twice

\`\`\`ts
const a = 1 < 2;
# no heading
\`\`\`
`;

const html = `<h1>Hot <em>swap</em></h1>
<p>One <strong>bold <code>a&lt;b</code></strong> word,
and <a href="https://example.com/?a=1&amp;b=2">a link</a>.</p>
<h2>List</h2>
<ul>
<li>first</li>
<li>second &amp; <em>third</em></li>
</ul>
<blockquote>
<p>quoted</p>
<blockquote>
<p>twice</p>
</blockquote>
</blockquote>
<pre><code class="language-ts">const a = 1 &lt; 2;
# no heading
</code></pre>
`;

/** Paragraphs of words and of what HTML has to escape, without marks. */
function plainText(): { readonly text: string; readonly html: string } {
  const random = seeded(7);
  const words = ["word", "<b>", "&amp;", '"quoted"', "größe", "日本", "😀", "a>b", "1 + 1"];
  const paragraphs = Array.from({ length: 20 }, () =>
    Array.from({ length: 1 + random(12) }, () => words[random(words.length)]).join(" "),
  );
  const escapeHtml = (text: string) =>
    text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
  return { text: paragraphs.join("\n\n"), html: paragraphs.map((p) => `<p>${escapeHtml(p)}</p>\n`).join("") };
}

export const markdown: Authored = {
  name: "markdown",
  async use({ call }) {
    assert.equal(await call("render", page), html);
    assert.equal(await call("render", page.replaceAll("\n", "\r\n")), html);
    assert.deepEqual(await call("outline", page), [
      { level: 1, title: "Hot *swap*", line: 1 },
      { level: 2, title: "List", line: 6 },
    ]);
    const plain = plainText();
    assert.equal(await call("render", plain.text), plain.html);
    assert.equal(await call("render", ""), "");
  },
  trap: { call: "render", args: [`${">".repeat(20)} deep`], file: "assembly/index.ts", function: "blocks" },
};
