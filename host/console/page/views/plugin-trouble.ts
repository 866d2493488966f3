/** Trouble with a plugin: what somebody needs to see first who was woken by it. */
import type { VersionsAnswer } from "../../answers/history-answers.ts";
import type { TrapsAnswer } from "../../answers/plugin-answers.ts";
import { useAnswer } from "../api/loaded.ts";
import { may, whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { CodeView } from "../parts/code-view.ts";
import { numberText } from "../parts/figures.ts";
import { Foreign } from "../parts/foreign.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";
import { RollbackButton } from "./history/rollback-button.ts";
import type { PluginPageProps } from "./plugin-page-props.ts";

/** Milliseconds since which a call failed of late. */
const late = 3_600_000;

export function PluginTrouble({ plugin, reload }: Pick<PluginPageProps, "plugin" | "reload">) {
  const { name, damaged, behind, lastTrap, counters, revision, deployedAt } = plugin;
  const isUrgent = damaged !== undefined || Date.parse(lastTrap ?? "") > Date.now() - late;
  const limits = Object.entries(counters.limits);
  const mayRead = may("events", name);
  const refusal = whyNot("events", name);
  const isBad = damaged !== undefined || behind !== undefined || counters.traps > 0 || limits.length > 0;
  // Asked anew whenever there are more.
  const { answer } = useAnswer<TrapsAnswer>(
    mayRead && counters.traps > 0 ? ["plugins", name, "traps"] : undefined,
    {},
    counters.traps,
  );
  if (!isBad) return html`<p class="note good"><span class="note-title">${say("trouble.none")}</span></p>`;
  const traps = answer?.data.traps ?? [];
  return html`<section class="note ${isUrgent ? "bad" : "warn"} trouble">
    <h2>${say(damaged ? "trouble.damaged" : behind ? "trouble.behind" : "trouble.title")}</h2>
    ${damaged && html`<p><${Foreign} text=${damaged.detail} /> <code class="code-name">${damaged.code}</code></p>`}
    ${behind && html`<p>${say("trouble.behindText", { n: behind.revision })} <${Ago} at=${behind.since} />. <${Foreign} text=${behind.detail} /> <code class="code-name">${behind.code}</code></p>`}
    ${
      limits.length > 0 &&
      html`<ul class="limits">${limits.map(
        ([code, n]) =>
          html`<li key=${code}><a href=${`../docs/errors/${code}`} target="_blank" rel="noreferrer"><code>${code}</code></a> <span class="figure">${numberText(n)}</span></li>`,
      )}</ul>`
    }
    ${alike(traps)
      .slice(0, 3)
      .map(
        ([trap, ...others]) => html`<article key=${trap.at} class="trap">
        <p><code><${Foreign} text=${trap.function} /></code> <span class="code-name">${trap.code}</span> <span class="soft"><${Ago} at=${trap.at} />${others.length > 0 && `${say("trouble.times", { n: others.length + 1 })}`}</span></p>
        <${CodeView} label=${say("trouble.trap")} text=${trap.detail} wrap copy=${false} />
      </article>`,
      )}
    ${refusal !== undefined && counters.traps > 0 && html`<p class="soft">${refusal}</p>`}
    <p>${say("trouble.since", { n: revision })} <${Ago} at=${deployedAt} /></p>
    <div class="actions start">
      <${RollbackToBefore} plugin=${plugin} reload=${reload} />
      <a class="button" href=${href(["plugins", name, "events"])}>${say("trouble.events")}</a>
      <a class="button" href=${href(["plugins", name, "history"])}>${say("trouble.history")}</a>
    </div>
  </section>`;
}

type Trap = TrapsAnswer["traps"][number];

/** Traps by what they say, the newest of each first. */
function alike(traps: readonly Trap[]): readonly [Trap, ...Trap[]][] {
  const kinds = Map.groupBy(traps, ({ function: name, code, detail }) => `${name} ${code} ${detail}`);
  return [...kinds.values()] as [Trap, ...Trap[]][];
}

/** Button that leads to the version that was live before, where there is one: whoever is woken wants it here. */
function RollbackToBefore({ plugin, reload }: Pick<PluginPageProps, "plugin" | "reload">) {
  const { name, version, revision } = plugin;
  const { answer } = useAnswer<VersionsAnswer>(["plugins", name, "versions"], {}, revision);
  const before = answer?.data.versions
    .filter((each) => each.version !== version)
    .toSorted((a, b) => b.revisions.at(-1)! - a.revisions.at(-1)!)[0];
  if (!before) return null;
  const label = say("trouble.rollBack", { n: before.revisions.at(-1)! });
  return html`<${RollbackButton} plugin=${plugin} to=${before.version} label=${label} small=${false} reload=${reload} />`;
}
