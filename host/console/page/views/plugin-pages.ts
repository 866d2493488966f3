/** Table of the pages of one plugin, its tabs. */
import type { FunctionComponent } from "preact";
import type { StringKey } from "../strings/speech.ts";
import { CallPage } from "./call/call-page.ts";
import { DataPage } from "./data/data-page.ts";
import { HistoryPage } from "./history/history-page.ts";
import { PluginEvents } from "./plugin-events.ts";
import { PluginOverview } from "./plugin-overview.ts";
import type { PluginPageProps } from "./plugin-page-props.ts";
import { SettingsPage } from "./settings/settings-page.ts";

export interface PluginTab {
  /** Part of the path; empty for the first. */
  readonly id: string;
  readonly label: StringKey;
  readonly view: FunctionComponent<PluginPageProps>;
}

export const pluginPages: readonly PluginTab[] = [
  { id: "", label: "plugin.overview", view: PluginOverview },
  { id: "call", label: "call.title", view: CallPage },
  { id: "events", label: "nav.events", view: PluginEvents },
  { id: "history", label: "history.title", view: HistoryPage },
  { id: "settings", label: "settings.title", view: SettingsPage },
  { id: "data", label: "data.title", view: DataPage },
];
