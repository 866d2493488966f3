/** Pages of errors: one for each code of the catalogue, and a list of all. */
import { type ErrorCode, errorCodes, problemType, statusOf, titleOf } from "../../errors.ts";
import { errorText } from "./error-texts/error-texts.ts";
import { type Html, html, page } from "./html.ts";

export function errorsPage(): string {
  const rows = errorCodes.map(
    (code) =>
      html`<tr><td><a href="errors/${code}"><code>${code}</code></a></td><td>${statusOf(code)}</td><td>${titleOf(code)}</td></tr>`,
  );
  const body = html`<h1>Errors</h1>
<p>Every error that the host answers with has one of these codes, which stay as they are; <code>detail</code> and <code>remedy</code> of the answer say what
was wrong, and what to do.</p>
<table><tr><th>code</th><th>status</th><th></th></tr>
${rows}
</table>`;
  return page("Errors", body);
}

/** The page of a code; undefined for what is none. `publicUrl`: address of the API, if everybody reaches it. */
export function errorPage(code: string, publicUrl?: string): string | undefined {
  if (!isCode(code)) return undefined;
  const status = statusOf(code);
  const title = titleOf(code);
  const text = errorText(code);
  const problem = { type: problemType(code, publicUrl), title, status, code, detail: text?.example ?? title };
  const body = html`<p><a href="../errors">All errors</a></p>
<h1><code>${code}</code>: ${title}</h1>
<p>HTTP status ${status}: ${blame(status)}</p>
${
  text &&
  html`<h2>What happened</h2>
<p>${text.why}</p>
<h2>What to do</h2>
<p>${text.todo}</p>`
}
${again(code)}
<h2>An example</h2>
<pre>${JSON.stringify(problem, undefined, 2)}</pre>
<p><code>detail</code> names the thing; where they help, <code>subject</code>, <code>expected</code>, <code>limit</code>, <code>actual</code> and
<code>remedy</code> are there too.</p>`;
  return page(`${code}: ${title}`, body);
}

function isCode(code: string): code is ErrorCode {
  return (errorCodes as readonly string[]).includes(code);
}

/** Sentence on who can do something about it. */
function blame(status: number): string {
  if (status === 422) return "the plugin answered with an error of its own, which is in payload.";
  if (status < 500) return "whoever sent the request can do something about it.";
  if (status === 502 || status === 504)
    return "the plugin, or what it runs in, failed at it. Nothing else on the host is concerned.";
  return status === 500
    ? "the host failed; its log has the cause."
    : "the host has no room for it now, or ends.";
}

/** Codes of requests that the host refuses before it does anything about them. */
const unmade = new Set<ErrorCode>([
  "too-many-calls",
  "too-many-requests",
  "rate-limited",
  "fuel-rate",
  "backing-off",
  "workers-unavailable",
]);

function again(code: ErrorCode): Html {
  return unmade.has(code)
    ? html`<p>Nothing was done: the request can be sent again, after as many seconds as <code>Retry-After</code> says.</p>`
    : html``;
}
