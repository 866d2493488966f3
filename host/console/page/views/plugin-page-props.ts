import type { ShownPlugin } from "../../answers/plugin-answers.ts";

/** Properties that a page about one plugin gets. */
export interface PluginPageProps {
  readonly plugin: ShownPlugin;
  /** Asks for the plugin anew: after a change of it. */
  readonly reload: () => Promise<void>;
  /** Parts of the path after the page's own. */
  readonly rest: readonly string[];
}
