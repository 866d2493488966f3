/** List of all plugins: found by name, narrowed to those that can't run. */
import type { ListedPlugin } from "../../answers/plugin-answers.ts";
import { useAllPlugins } from "../api/all-plugins.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { Button } from "../parts/button.ts";
import { Foreign } from "../parts/foreign.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { WindowedList } from "../parts/windowed-list.ts";
import { href, place, setQuery } from "../shell/router.ts";
import { say } from "../strings/speech.ts";
import { FirstVisit } from "./first-visit.ts";

export function PluginsPage() {
  const { plugins, problem, reload } = useAllPlugins();
  const { query } = place.value;
  const words = query.get("find") ?? "";
  const damagedOnly = query.get("damaged") === "true";
  const damaged = plugins?.filter((plugin) => plugin.damaged).length ?? 0;
  const fit = plugins?.filter(
    ({ name, damaged }) => (!damagedOnly || damaged) && name.includes(words.trim().toLowerCase()),
  );
  return html`<header class="page-head"><h1>${say("plugins.title")}</h1>
      ${plugins && html`<span class="soft figure">${say("plugins.count", { n: plugins.length })}</span>`}</header>
    ${problem !== undefined && html`<${ProblemNote} problem=${problem}><${Button} onClick=${reload}>${say("part.retry")}<//><//>`}
    ${!plugins && problem === undefined && html`<p class="soft" role="status">${say("part.loading")}</p>`}
    ${plugins?.length === 0 && html`<${FirstVisit} />`}
    ${
      plugins &&
      plugins.length > 0 &&
      html`<div class="toolbar">
          <input class="input" type="search" data-search placeholder=${say("plugins.find")} aria-label=${say("plugins.find")} value=${words} onInput=${find} />
          ${
            (damaged > 0 || damagedOnly) &&
            html`<label class="check"><input type="checkbox" checked=${damagedOnly} onChange=${narrow} /><span>${say("plugins.damagedOnly", { n: damaged })}</span></label>`
          }
          <span class="unseen" role="status">${say("plugins.found", { n: fit!.length })}</span>
        </div>
        ${
          fit!.length > 0
            ? html`<${WindowedList} label=${say("plugins.title")} rows=${fit} height=${64} keyOf=${nameOf} view=${row} />`
            : html`<p class="soft quiet-place">${say("plugins.noneFit")}</p>`
        }`
    }`;
}

function find({ currentTarget }: { currentTarget: HTMLInputElement }): void {
  setQuery({ find: currentTarget.value });
}

function narrow({ currentTarget }: { currentTarget: HTMLInputElement }): void {
  setQuery({ damaged: currentTarget.checked ? "true" : undefined });
}

function nameOf({ name }: ListedPlugin): string {
  return name;
}

function row({ name, functions, revision, deployedAt, damaged, behind, lastTrap }: ListedPlugin) {
  return html`<a class="row" href=${href(["plugins", name])}>
    <span class="row-main">
      <span class="row-name"><${Foreign} text=${name} /></span>
      <span class="row-more">${
        damaged
          ? html`<${Foreign} text=${`${damaged.code}: ${damaged.detail}`} />`
          : html`<${Foreign} text=${functions.length > 0 ? functions.join(", ") : say("plugins.noFunctions")} />`
      }</span>
    </span>
    ${!damaged && lastTrap !== undefined && html`<span class="tag warn">${say("plugins.trapped")} <${Ago} at=${lastTrap} /></span>`}
    ${!damaged && behind && html`<span class="tag warn">${say("overview.behind")}</span>`}
    ${damaged && html`<span class="tag bad">${say("plugins.damaged")}</span>`}
    <span class="row-side figures">${say("plugins.revision", { n: revision })}<br /><${Ago} at=${deployedAt} /></span>
  </a>`;
}
