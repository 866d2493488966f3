/** Changes of what a plugin is built of, waited for one at a time. */
import { join } from "node:path";
import { findWit } from "../../../guest-plugins/toolchain/world/resolve.ts";
import { FileWatch } from "../../platform/file-watch.ts";
import { printError } from "../terminal.ts";
import type { PluginFolder } from "./plugin-folder.ts";

/** Files that a build depends on; editors' backups and locks are none of them. */
const isSource = (path: string) => /\.(ts|wit|json)$/.test(path);

/** Milliseconds that a change has to rest. A source that is read half saved does not build, and is built again. */
const settled = 20;

export class SourceChanges implements Disposable {
  #next = Promise.withResolvers<number>();
  #watch: FileWatch | undefined;

  /** Changes in the plugin's folder from now on. */
  static async of(plugin: PluginFolder): Promise<SourceChanges> {
    const changes = new SourceChanges();
    changes.#watch = await FileWatch.begin({
      folders: [
        { path: join(plugin.path, "assembly"), deep: true, wanted: isSource },
        { path: findWit(plugin.entry), deep: true, optional: true, wanted: isSource },
        { path: plugin.path, wanted: isSource },
        { path: plugin.files, deep: true, optional: true, wanted: () => true },
      ],
      settled,
      changed: async ({ since }) => changes.#next.resolve(since),
      failed: (thrown) => printError(String(thrown)),
    });
    return changes;
  }

  /** Resolves when files have changed since it last did, to when the first one did. */
  async next(): Promise<number> {
    const since = await this.#next.promise;
    this.#next = Promise.withResolvers();
    return since;
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }
}
