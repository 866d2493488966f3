/** Answers of the API that a page shows: asked for when it opens, and again when it is told to. */
import { type Signal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { type Answered, type Asking, ask } from "./api-client.ts";
import { token } from "./held-token.ts";

export interface Loaded<T> {
  /** The last answer, also while the next one is on its way. */
  readonly answer: Answered<T> | undefined;
  /** Error of the last request, if that failed. */
  readonly problem: unknown;
  readonly isLoading: boolean;
  /** Asks anew. */
  readonly reload: () => Promise<void>;
}

/**
 * `path` undefined: nothing is asked for. Asked again where the path, the query or the token is another; where `version` is, the last answer
 * stays until the next one is there.
 */
export function useAnswer<T>(
  path: readonly string[] | undefined,
  query: Asking["query"] = {},
  version: unknown = undefined,
): Loaded<T> {
  const answer: Signal<Answered<T> | undefined> = useSignal(undefined);
  const problem = useSignal<unknown>(undefined);
  const pending = useSignal(0);
  const asked = JSON.stringify([path, query]);
  const load = useCallback(
    async (signal?: AbortSignal) => {
      if (path === undefined) return;
      pending.value++;
      try {
        const found = await ask<T>(path, { query, signal });
        if (signal?.aborted) return;
        answer.value = found;
        problem.value = undefined;
      } catch (error) {
        if (signal?.aborted) return;
        problem.value = error;
      } finally {
        pending.value--;
      }
    },
    [asked],
  );
  useEffect(() => {
    const leaving = new AbortController();
    answer.value = undefined;
    problem.value = undefined;
    void load(leaving.signal);
    return () => leaving.abort();
  }, [load, token.value]);
  const before = useRef(version);
  useEffect(() => {
    if (before.current !== version) void load();
    before.current = version;
  }, [version]);
  return {
    answer: answer.value,
    problem: problem.value,
    isLoading: pending.value > 0,
    reload: useCallback(() => load(), [load]),
  };
}

/** Asks again every so many milliseconds, while somebody looks. */
export function useAgain(reload: () => Promise<void>, every: number): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, every);
    return () => clearInterval(timer);
  }, [reload, every]);
}
