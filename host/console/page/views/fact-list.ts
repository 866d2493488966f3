import { type Content, html } from "../markup.ts";
import { Foreign } from "../parts/foreign.ts";
import { href } from "../shell/router.ts";

/** Names of things, with what they are. */
export function Facts({ facts }: { facts: readonly (readonly [string, Content])[] }) {
  return html`<dl class="fact-list">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Link to a plugin's own page. */
export function pluginLink(name: string) {
  return html`<a href=${href(["plugins", name])}><${Foreign} text=${name} /></a>`;
}
