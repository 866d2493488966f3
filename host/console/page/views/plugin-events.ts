/** Events of one plugin, its log lines among them. */
import { html } from "../markup.ts";
import { EventView } from "./event-view.ts";
import type { PluginPageProps } from "./plugin-page-props.ts";

export function PluginEvents({ plugin }: PluginPageProps) {
  return html`<${EventView} plugin=${plugin.name} />`;
}
