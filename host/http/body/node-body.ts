import type { IncomingMessage } from "node:http";
import type { Soon } from "../../platform/soon.ts";
import type { BodySource } from "./body-source.ts";
import { endedEarly } from "./ended-early.ts";
import { hasNone } from "./incoming.ts";

type Bytes = Buffer<ArrayBuffer>;
type Grown = (size: number) => void;

/** Body of a request as Node hands it out; nobody has begun to read it. Rejects with `bad-request` if it ends early. */
export class NodeBody implements BodySource {
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  whole(): Soon<Bytes> {
    return this.counted(() => {});
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    const incoming = this.#incoming;
    if (hasNone(incoming)) return;
    try {
      // Whoever stops reading may yet have to answer.
      yield* incoming.iterator({ destroyOnReturn: false });
    } catch (cause) {
      throw endedEarly(cause);
    } finally {
      incoming.resume();
    }
  }

  counted(grown: Grown): Soon<Bytes> {
    const incoming = this.#incoming;
    if (hasNone(incoming)) return Buffer.alloc(0);
    if (isHere(incoming)) return taken(incoming, grown);
    // Node hands the head out first: what has come in one piece with it is here in the next tick.
    return new Promise((resolve, reject) => {
      process.nextTick(() => {
        if (!isHere(incoming)) {
          arriving(incoming, grown, resolve, reject);
          return;
        }
        try {
          const body = taken(incoming, grown);
          // A request that is answered before its end is one that a server has to look after.
          const end = () => {
            // An idle connection keeps its last request, and what that keeps.
            incoming.off("end", end);
            incoming.off("close", end);
            resolve(body);
          };
          incoming.on("end", end);
          incoming.on("close", end);
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  }
}

/**
 * True once all of it is here, though Node may yet have to say that this was all. Whoever has announced an expectation is told first
 * that it is wanted, by its beginning to flow.
 */
function isHere({ complete, destroyed, headers, readableLength }: IncomingMessage): boolean {
  if (destroyed || headers.expect !== undefined) return false;
  return complete || readableLength === Number(headers["content-length"]);
}

function taken(incoming: IncomingMessage, grown: Grown): Bytes {
  const { readableLength } = incoming;
  grown(readableLength);
  // Without a length Node gives the first chunk only.
  const body = incoming.read(readableLength) as Bytes | null;
  // To its end, of which Node may yet have to say that it is there.
  incoming.resume();
  return body ?? Buffer.alloc(0);
}

function arriving(
  incoming: IncomingMessage,
  grown: Grown,
  resolve: (body: Bytes) => void,
  reject: (thrown: unknown) => void,
): void {
  /** Emptied at the end: an idle connection keeps its last request, and what that keeps. */
  const chunks: Bytes[] = [];
  let size = 0;
  const add = (chunk: Bytes) => {
    size += chunk.byteLength;
    chunks.push(chunk);
    try {
      grown(size);
    } catch (thrown) {
      incoming.off("data", add);
      chunks.length = 0;
      // What still comes is thrown away, for as long as the connection is left open.
      incoming.resume();
      reject(thrown);
    }
  };
  const fail = (cause: unknown) => reject(endedEarly(cause));
  // The client has left since its head came, and nobody will say so again.
  if (incoming.closed) {
    fail(new Error("The connection was closed."));
    return;
  }
  incoming.on("data", add);
  incoming.on("end", () => {
    const all = chunks.splice(0);
    resolve(all.length === 1 ? all[0]! : Buffer.concat(all, size));
  });
  incoming.on("error", fail);
  incoming.on("close", () => {
    if (!incoming.readableEnded) fail(new Error("The connection was closed."));
  });
}
