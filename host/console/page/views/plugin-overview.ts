/** Overview of one plugin. */
import { html } from "../markup.ts";
import { CodeView } from "../parts/code-view.ts";
import type { PluginPageProps } from "./plugin-page-props.ts";

export function PluginOverview({ plugin }: PluginPageProps) {
  return html`<${CodeView} label="WIT" text=${plugin.world} />`;
}
