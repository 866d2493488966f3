/** All plugins, page by page, asked for again now and then. */

import { useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import type { ListedPlugin, PageOfPlugins } from "../../answers/plugin-answers.ts";
import { ask } from "./api-client.ts";
import { token } from "./held-token.ts";

/** Milliseconds until the list is asked for again, for so many plugins. */
const again = (plugins: number) => (plugins > 1000 ? 60_000 : 8000);

export interface AllPlugins {
  /** Undefined until all are there. */
  readonly plugins: readonly ListedPlugin[] | undefined;
  readonly problem: unknown;
  readonly reload: () => Promise<void>;
}

export function useAllPlugins(): AllPlugins {
  const plugins = useSignal<readonly ListedPlugin[] | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const load = useCallback(async (signal?: AbortSignal) => {
    try {
      const all: ListedPlugin[] = [];
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const { data } = await ask<PageOfPlugins>(["plugins"], { query: { after }, signal });
        all.push(...data.plugins);
        after = data.next;
      }
      plugins.value = all;
      problem.value = undefined;
    } catch (error) {
      if (!signal?.aborted) problem.value = error;
    }
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const next = async () => {
      // Nobody looks at a page that is hidden.
      if (!document.hidden || plugins.value === undefined) await load(leaving.signal);
      if (!leaving.signal.aborted) timer = setTimeout(next, again(plugins.value?.length ?? 0));
    };
    void next();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [token.value]);
  return { plugins: plugins.value, problem: problem.value, reload: useCallback(() => load(), []) };
}
