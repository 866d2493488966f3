/** HTML that people read in a browser: no script runs in it, and nothing is loaded. */
import { createHash } from "node:crypto";

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** HTML with values put in: texts are escaped, HTML and lists of it are not; undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: parts.map((part, i) => part + written(values[i])).join("") };
}

type HtmlValue = string | number | undefined | Html | readonly Html[];

function written(value: HtmlValue): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return "html" in value ? value.html : value.map((part) => part.html).join("\n");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
h2 { margin-top: 2.5rem } h3 { margin: 1.5rem 0 .25rem }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .4rem; white-space: pre-wrap }
p.docs { white-space: pre-wrap } table { border-collapse: collapse }
td, th { padding: .2rem .75rem .2rem 0; text-align: left; vertical-align: top } td, p, li { overflow-wrap: anywhere }
th { white-space: nowrap } td:first-child { white-space: nowrap }
`;

/** Policy of all pages: their own style, and nothing else. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256")
  .update(style)
  .digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body>
${body}
</body>
</html>
`.html;
}
