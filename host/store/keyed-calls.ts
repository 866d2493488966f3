/** Calls that came with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): made once, however often they are sent. */
import { idempotencyBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import type { Soon } from "../platform/soon.ts";

/** Call that is made once. */
export interface KeyedCall {
  /** Name of the token it came with, whose keys are its own; undefined where it needed none: those have theirs together. */
  readonly caller: string | undefined;
  /** Network that it came from: where it needed no token, what is kept counts for that. */
  readonly network: string;
  readonly key: string;
  /** Digest of all that the call is. */
  readonly print: string;
}

/** Answer to such a call, as it is kept. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where it has none, not even an empty one. */
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Call that has begun: one of these is to be said of it. Neither throws. */
export interface BegunCall {
  /** It came to this. */
  settle(answer: KeptAnswer): Soon<void>;
  /** It was not made. */
  drop(): Soon<void>;
}

/** Keeper of answers to such calls: of one host in its memory, or of several in what they share. */
export interface KeyedCalls {
  /**
   * Call that is to be made now, or what was answered to the same call before. Throws, or rejects with, `call-under-way` for a call that is
   * being made, `other-call` for another with the same key, `answer-not-kept`, `too-many-requests` where the room of who sends it is full,
   * and `no-capacity`; where hosts keep answers together, also what their store fails with: then the call is not made.
   */
  begin(call: KeyedCall): Soon<BegunCall | { readonly answer: KeptAnswer }>;
}

/** Call whose key has come before. */
export interface KnownCall {
  readonly print: string;
  /** Host that makes it; absent once it is over. */
  readonly maker?: string;
  /** Nobody knows what it came to: who made it has ended before. */
  readonly lost?: true;
  /** Absent where it is not over, or lost, or was too large to keep. */
  readonly answer?: KeptAnswer;
}

/** Answer to a call whose key has come before; throws where there is none. */
export function repeatedAnswer({ key, print }: KeyedCall, known: KnownCall): KeptAnswer {
  const shown = JSON.stringify(key);
  if (known.print !== print) {
    throw new HotcellError("other-call", `Another call came with the Idempotency-Key ${shown}.`, {
      subject: key,
      remedy:
        "Send each call with a key of its own, such as a UUID, and the same only with the very same call.",
    });
  }
  if (known.maker !== undefined) {
    throw new HotcellError("call-under-way", `The call with the Idempotency-Key ${shown} is being made.`, {
      subject: key,
      retryAfter: 1,
      remedy: "Send it again, with the same key, when it has ended.",
    });
  }
  if (known.lost) {
    throw new HotcellError(
      "answer-not-kept",
      `The host that made the call with the Idempotency-Key ${shown} ended before it had an answer.`,
      {
        subject: key,
        remedy:
          "Ask the plugin for what came of it: it may have been made, or not. A call with another key is a new one.",
      },
    );
  }
  if (known.answer === undefined) {
    throw new HotcellError("answer-not-kept", "The call was made, and its answer was too large to be kept.", {
      subject: key,
      limit: `${idempotencyBounds.answer.value} bytes`,
      remedy:
        "Don't send it again. Ask the plugin for what came of it, or send a call with another key to make one more.",
    });
  }
  const { status, headers, body } = known.answer;
  return { status, headers: { ...headers, "idempotency-replayed": "true" }, body };
}

/** Bytes that an answer counts for: two for a character, as texts may take. */
export function bytesOfAnswer({ body }: KeptAnswer): number {
  return typeof body === "string" ? 2 * body.length : (body?.byteLength ?? 0);
}
