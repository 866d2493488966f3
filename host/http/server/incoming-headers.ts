import type { IncomingMessage } from "node:http";
import type { RequestHeaders } from "../../access/request-headers.ts";

/** Header of a request as Node has it, read as a web `Headers` would: of the names that Hotcell reads. */
export class IncomingHeaders implements RequestHeaders {
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  get(name: string): string | null {
    const value = this.#incoming.headers[name] as string | undefined;
    if (value === undefined) return null;
    // Of these Node keeps the first line only: others are joined, as a web `Headers` joins all.
    const keptOnce = name === "authorization" || name === "content-type";
    return keptOnce ? allLines(this.#incoming.rawHeaders, name) : value;
  }
}

function allLines(rawHeaders: readonly string[], wanted: string): string {
  let joined: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    const value = rawHeaders[i + 1]!;
    joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined ?? "";
}
