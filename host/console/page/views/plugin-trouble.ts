/** Trouble with a plugin: what somebody needs to see first who was woken by it. */
import type { ShownPlugin, TrapsAnswer } from "../../answers/plugin-answers.ts";
import { useAnswer } from "../api/loaded.ts";
import { may, whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { CodeView } from "../parts/code-view.ts";
import { numberText } from "../parts/figures.ts";
import { Foreign } from "../parts/foreign.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";

/** Milliseconds since which a call failed of late. */
const late = 3_600_000;

export function PluginTrouble({ plugin }: { plugin: ShownPlugin }) {
  const { name, damaged, lastTrap, counters, revision, deployedAt } = plugin;
  const isUrgent = damaged !== undefined || Date.parse(lastTrap ?? "") > Date.now() - late;
  const limits = Object.entries(counters.limits);
  const mayRead = may("events", name);
  const refusal = whyNot("events", name);
  const isBad = damaged !== undefined || counters.traps > 0 || limits.length > 0;
  // Asked anew whenever there are more.
  const { answer } = useAnswer<TrapsAnswer>(
    mayRead && counters.traps > 0 ? ["plugins", name, "traps"] : undefined,
    {},
    counters.traps,
  );
  if (!isBad) return html`<p class="note good"><span class="note-title">${say("trouble.none")}</span></p>`;
  const traps = answer?.data.traps ?? [];
  return html`<section class="note ${isUrgent ? "bad" : "warn"} trouble">
    <h2>${say(damaged ? "trouble.damaged" : "trouble.title")}</h2>
    ${damaged && html`<p><${Foreign} text=${damaged.detail} /> <code class="code-name">${damaged.code}</code></p>`}
    ${
      limits.length > 0 &&
      html`<ul class="limits">${limits.map(
        ([code, n]) =>
          html`<li key=${code}><a href=${`../docs/errors/${code}`} target="_blank" rel="noreferrer"><code>${code}</code></a> <span class="figure">${numberText(n)}</span></li>`,
      )}</ul>`
    }
    ${traps.slice(0, 3).map(
      (trap) => html`<article key=${trap.at} class="trap">
        <p><code><${Foreign} text=${trap.function} /></code> <span class="code-name">${trap.code}</span> <span class="soft"><${Ago} at=${trap.at} /></span></p>
        <${CodeView} label=${say("trouble.trap")} text=${trap.detail} wrap copy=${false} />
      </article>`,
    )}
    ${refusal !== undefined && counters.traps > 0 && html`<p class="soft">${refusal}</p>`}
    <p>${say("trouble.since", { n: revision })} <${Ago} at=${deployedAt} /></p>
    <div class="actions start">
      <a class="button" href=${href(["plugins", name, "events"])}>${say("trouble.events")}</a>
      <a class="button" href=${href(["plugins", name, "history"])}>${say("trouble.history")}</a>
    </div>
  </section>`;
}
