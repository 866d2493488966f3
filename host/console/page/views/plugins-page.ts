/** List of all plugins. */
import type { ListedPlugin } from "../api/answers.ts";
import { useAnswer } from "../api/loaded.ts";
import { html } from "../markup.ts";
import { Foreign } from "../parts/foreign.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";

export function PluginsPage() {
  const { answer, problem } = useAnswer<{ plugins: readonly ListedPlugin[] }>(["plugins"]);
  return html`<header class="page-head"><h1>${say("plugins.title")}</h1></header>
    ${problem !== undefined && html`<${ProblemNote} problem=${problem} />`}
    <ul>${answer?.data.plugins.map(({ name }) => html`<li key=${name}><a href=${href(["plugins", name])}><${Foreign} text=${name} /></a></li>`)}</ul>`;
}
