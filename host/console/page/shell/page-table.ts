/** Table of the console's pages: what the address leads to. A page of one plugin is in `plugin-pages.ts`. */
import type { FunctionComponent } from "preact";
import type { StringKey } from "../strings/speech.ts";
import { ContractsPage } from "../views/contracts-page.ts";
import { EventsPage } from "../views/events-page.ts";
import { OverviewPage } from "../views/overview-page.ts";
import type { PageProps } from "../views/page-props.ts";
import { PluginPage } from "../views/plugin-page.ts";
import { PluginsPage } from "../views/plugins-page.ts";
import { TokensPage } from "../views/tokens-page.ts";
import { UploadPage } from "../views/upload/upload-page.ts";

export interface ConsolePage {
  /** Parts of its path; `:name` stands for any, and `*` as the last for any number. */
  readonly path: readonly string[];
  readonly title: StringKey;
  /** Gets the parts that stand for names, as `params`. */
  readonly view: FunctionComponent<PageProps>;
  /** Listed in the navigation, with this key after `g`. */
  readonly key?: string;
  /** Title that the view sets itself, in place of `title`. */
  readonly ownTitle?: true;
}

export const pages: readonly ConsolePage[] = [
  { path: [], title: "nav.overview", view: OverviewPage, key: "o" },
  { path: ["plugins"], title: "nav.plugins", view: PluginsPage, key: "p" },
  { path: ["plugins", ":name", "*"], title: "nav.plugins", view: PluginPage, ownTitle: true },
  { path: ["upload"], title: "upload.title", view: UploadPage, key: "u" },
  { path: ["events"], title: "nav.events", view: EventsPage, key: "e" },
  { path: ["contracts"], title: "nav.contracts", view: ContractsPage, key: "c" },
  { path: ["tokens"], title: "token.title", view: TokensPage, key: "t" },
];

/** Page for a path, and the names in that. */
export function pageAt(
  parts: readonly string[],
): { page: ConsolePage; params: Record<string, string> } | undefined {
  for (const page of pages) {
    const params = paramsOf(page.path, parts);
    if (params) return { page, params };
  }
  return undefined;
}

function paramsOf(path: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const open = path.at(-1) === "*";
  const fixed = open ? path.slice(0, -1) : path;
  if (open ? parts.length < fixed.length : parts.length !== fixed.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of fixed.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = parts[i]!;
    else if (part !== parts[i]) return undefined;
  }
  return params;
}
