/** Events of the host as they come: server-sent events over `fetch`, because a browser's own reader of them can't send a token. */
import type { ShownEvent } from "../../answers/host-answers.ts";
import { send } from "./api-client.ts";
import { Refused } from "./refused.ts";

export interface FeedOptions {
  /** Names and patterns; absent: all. */
  readonly plugins?: readonly string[] | undefined;
  /** Number of the newest events of the log to begin with. */
  readonly last: number;
  readonly signal: AbortSignal;
  readonly onEvents: (events: readonly ShownEvent[]) => void;
  /** Undefined: the stream is open. */
  readonly onProblem: (problem: Refused | undefined) => void;
}

/** Milliseconds before a stream that has ended is opened anew; what is refused for good is not. */
const pause = 1500;

/** Follows until the signal ends it, and goes on after the last event where the stream breaks. */
export async function followEvents(options: FeedOptions): Promise<void> {
  const { plugins, last, signal, onEvents, onProblem } = options;
  let seen: number | undefined;
  while (!signal.aborted) {
    try {
      const query = { plugin: plugins, last: seen === undefined ? last : undefined };
      const headers = seen === undefined ? {} : { "last-event-id": `${seen}` };
      const answer = await send(["events"], { query, headers, signal });
      onProblem(undefined);
      for await (const events of eventsOf(answer.body!)) {
        seen = events.at(-1)!.id;
        onEvents(events);
      }
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof Refused ? error : new Refused(0, {});
      onProblem(refused);
      if (refused.status === 401 || refused.status === 403) return;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Events of a body, those that came together. What is no JSON is none. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly ShownEvent[]> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop()!;
      const events = parts.flatMap(eventOf);
      if (events.length > 0) yield events;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function eventOf(text: string): ShownEvent[] {
  const data = /^data: (.*)$/m.exec(text)?.[1];
  if (data === undefined) return [];
  try {
    return [JSON.parse(data) as ShownEvent];
  } catch {
    return [];
  }
}
