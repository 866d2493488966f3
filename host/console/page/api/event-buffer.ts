/** Newest events of a feed, bounded, handed on a few times a second however many come. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShownEvent } from "../../answers/host-answers.ts";
import { followEvents } from "./event-feed.ts";
import { token } from "./held-token.ts";
import type { Refused } from "./refused.ts";
import { rights } from "./session.ts";

/** Events that are kept, at most. */
const keptEvents = 1000;
/** Milliseconds between two looks at what has come. */
const beat = 250;

export interface EventBuffer {
  /** Newest first. */
  readonly events: readonly ShownEvent[];
  /** Events that came while it was paused. */
  readonly waiting: number;
  readonly problem: Refused | undefined;
  readonly isOpen: boolean;
}

/** Follows while the component is there; `allowed` false: nothing is asked for. */
export function useEvents(
  plugin: string | undefined,
  paused: boolean,
  allowed: boolean,
  last = 200,
): EventBuffer {
  const events = useSignal<readonly ShownEvent[]>([]);
  const waiting = useSignal(0);
  const problem = useSignal<Refused | undefined>(undefined);
  const isOpen = useSignal(false);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  useEffect(() => {
    events.value = [];
    waiting.value = 0;
    if (!allowed) return undefined;
    const leaving = new AbortController();
    let come: ShownEvent[] = [];
    void followEvents({
      // Of all, a token that is limited to some is told of those.
      plugins: plugin === undefined ? (rights.value?.plugins ?? undefined) : [plugin],
      ...{ last, signal: leaving.signal },
      onEvents: (more) => {
        come = [...come, ...more].slice(-keptEvents);
      },
      onProblem: (refused) => {
        problem.value = refused;
        isOpen.value = refused === undefined;
      },
    });
    const timer = setInterval(() => {
      if (isPaused.current) waiting.value = come.length;
      if (isPaused.current || come.length === 0) return;
      events.value = [...come.reverse(), ...events.value].slice(0, keptEvents);
      waiting.value = 0;
      come = [];
    }, beat);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [plugin, allowed, token.value]);
  return { events: events.value, waiting: waiting.value, problem: problem.value, isOpen: isOpen.value };
}
