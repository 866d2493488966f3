/** Hosts that serve together: which of them is late, behind, or tries a version that the others have not. */
import type { ShownNode } from "../../../answers/host-answers.ts";
import { useNodes } from "../../api/all-nodes.ts";
import { type Content, html } from "../../markup.ts";
import { Ago } from "../../parts/ago.ts";
import { Foreign } from "../../parts/foreign.ts";
import { TableView } from "../../parts/table-view.ts";
import { say } from "../../strings/speech.ts";
import { pluginLink } from "../fact-list.ts";
import { hostName } from "./host-name.ts";

export function HostList() {
  const nodes = useNodes();
  // One alone is told of by its health.
  if (nodes.length < 2) return null;
  const last = Math.max(...nodes.map(({ standing }) => standing?.followed ?? 0));
  return html`<section class="section"><h2>${say("hosts.title")}</h2>
    <${TableView}
      label=${say("hosts.title")}
      rows=${nodes}
      keyOf=${({ id }: ShownNode) => id}
      columns=${[
        {
          title: say("hosts.host"),
          cell: (node: ShownNode) =>
            html`<${Foreign} text=${hostName(node)} />${node.self && html` <span class="tag">${say("host.this")}</span>`}`,
        },
        { title: say("hosts.state"), cell: (node: ShownNode) => stateOf(node, last) },
        {
          title: say("hosts.version"),
          wideOnly: true,
          cell: ({ version }: ShownNode) => html`<${Foreign} text=${version} />`,
        },
        {
          title: say("hosts.since"),
          wideOnly: true,
          cell: ({ since }: ShownNode) => html`<${Ago} at=${since} />`,
        },
      ]}
    /></section>`;
}

/** `last`: event up to which the quickest has followed all. */
function stateOf({ standing }: ShownNode, last: number): Content {
  if (!standing) return html`<span class="soft">${say("hosts.silent")}</span>`;
  const { followed, behind = [], moreBehind = 0, tries = {} } = standing;
  const tried = Object.keys(tries);
  const names = (plugins: readonly string[]) =>
    plugins.map((name, i) => html`${i > 0 && ", "}${pluginLink(name)}`);
  if (behind.length + tried.length === 0)
    return html`<span class="soft">${say(followed < last ? "hosts.late" : "hosts.follows")}</span>`;
  const more = moreBehind > 0 && html` ${say("hosts.behindMore", { n: moreBehind })}`;
  return html`
    ${behind.length > 0 && html`<div><span class="tag warn">${say("hosts.lateTag")}</span> ${say("hosts.behind")} ${names(behind.map(({ plugin }) => plugin))}${more}</div>`}
    ${tried.length > 0 && html`<div>${say("hosts.tries")} ${names(tried)}</div>`}`;
}
