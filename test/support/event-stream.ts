/** `GET /events` as a client reads it (HTML Standard, section 9.2.6). */

import type { ReadableStream } from "node:stream/web";
import { authorization, type TestHost } from "./test-host.ts";

export interface Received {
  readonly id: number;
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at events of every kind.
  readonly data: any;
}

interface FollowOptions {
  readonly query?: string;
  readonly lastId?: number;
  /** The header; the admin's by default. */
  readonly token?: string;
}

export class EventStream {
  readonly #lines: AsyncIterator<string>;
  readonly #cut: AbortController;

  private constructor(body: ReadableStream, cut: AbortController) {
    // Piped from the beginning: fetch cancels a body that nobody has locked once its Response is collected.
    this.#lines = linesOf(body.pipeThrough(new TextDecoderStream()));
    this.#cut = cut;
  }

  /** Resolves once the stream has begun: what happens from now on is in it. */
  static async open(host: TestHost, options: FollowOptions = {}): Promise<EventStream> {
    const { query = "", lastId, token = authorization } = options;
    const cut = new AbortController();
    const answer = await fetch(`${host.url}/events${query}`, {
      headers: {
        authorization: token,
        ...(lastId !== undefined && { "last-event-id": `${lastId}` }),
      },
      signal: cut.signal,
    });
    if (answer.status !== 200 || !answer.body) throw new Error(await answer.text());
    if (answer.headers.get("content-type") !== "text/event-stream") throw new Error("no event stream");
    return new EventStream(answer.body as ReadableStream, cut);
  }

  /** The next event; undefined when the stream has ended. Throws for a line that no event of ours has. */
  async next(): Promise<Received | undefined> {
    const fields = new Map<string, string>();
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) return undefined;
      if (line === "" && fields.has("data")) {
        const id = Number(fields.get("id"));
        return { id, kind: fields.get("event") ?? "", data: JSON.parse(fields.get("data") ?? "") };
      }
      if (line === "" || line.startsWith(":") || line.startsWith("retry:")) continue;
      const [, name, value] = /^(id|event|data): (.*)$/s.exec(line) ?? [];
      if (name === undefined || value === undefined || fields.has(name))
        throw new Error(`stray line: ${line}`);
      fields.set(name, value);
    }
  }

  async take(count: number): Promise<Received[]> {
    const events: Received[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) throw new Error(`ended after ${events.length} events`);
      events.push(event);
    }
    return events;
  }

  /** Goes away, as a client that lost its network. */
  cut(): void {
    this.#cut.abort();
  }
}

/** Lines end with LF here and nothing else: a CR would be a line's end that Hotcell never writes. */
async function* linesOf(texts: ReadableStream<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of texts) {
    const lines = (rest + text).split(/[\r\n]/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
