import { apiUrl } from "../api/api-client.ts";
import { Refused } from "../api/refused.ts";
import { type Content, html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Foreign } from "./foreign.ts";

interface ProblemNoteProps {
  readonly problem: unknown;
  /** The remedy stands beside it, for this page: the host's own is for other doors. */
  readonly hasRemedy?: boolean;
  /** Buttons for what can be done about it here. */
  readonly children?: Content;
}

/** An error of the API as it says it: what, why, what to do, and where to read on. */
export function ProblemNote({ problem, hasRemedy = false, children }: ProblemNoteProps) {
  const { title, detail, code, remedy } = told(problem);
  return html`<div class="note bad" role="alert">
    <p class="note-title"><${Foreign} text=${title} />${code !== "" && html` <code class="code-name">${code}</code>`}</p>
    ${detail !== "" && html`<p><${Foreign} text=${detail} /></p>`}
    ${remedy !== undefined && !hasRemedy && html`<p class="soft">${say("problem.remedy")}: <${Foreign} text=${remedy} /></p>`}
    ${code !== "" && html`<p><a href=${apiUrl(["docs", "errors", code]).href} target="_blank" rel="noreferrer">${say("problem.about", { code })}</a></p>`}
    ${children && html`<div class="actions start">${children}</div>`}
  </div>`;
}

function told(problem: unknown): Pick<Refused, "title" | "detail" | "code" | "remedy"> {
  if (problem instanceof Refused && !problem.isUnreachable) return problem;
  const text = problem instanceof Refused ? say("problem.networkText") : `${problem}`;
  return { title: say("problem.network"), detail: text, code: "", remedy: undefined };
}
