/** Server-sent events (HTML Standard, section 9.2) of what is in the event log, for clients that stay. */

import type { Identity } from "../../access/identity.ts";
import { streamBounds } from "../../bounds/http-bounds.ts";
import { asHotcellError } from "../../errors.ts";
import type { StoredEvent } from "../../store/store.ts";
import { noteFault } from "../answer/problem.ts";
import type { Services } from "../services.ts";
import type { OpenStream } from "./event-streams.ts";

/** Milliseconds between comments that keep an idle connection alive through proxies. */
const heartbeat = streamBounds.heartbeat.value;

/** Stream of what happens, as its client is told it. */
export interface Following extends Pick<Services, "logFault"> {
  readonly events: AsyncGenerator<StoredEvent>;
  /** Text that it begins with. */
  readonly opening: string;
  /** Text of an event; undefined for one that is not told. */
  readonly format: (event: StoredEvent) => string | undefined;
  /** Text that it ends with where the host ends it. */
  readonly closing?: string;
  readonly open: OpenStream;
  /** Ends it if nothing has been read of it for too long. */
  readonly endStalled: () => void;
  /** Ends it at once, for its client to come again. */
  readonly cut: AbortSignal;
  readonly ended: AbortController;
  readonly identity: Identity;
}

/** Reads as fast as the client does. Ends, for the client to come again, when there is no room or the store or the token fails. */
export function followedStream(following: Following): ReadableStream<Uint8Array> {
  const {
    events,
    opening,
    format,
    closing,
    open: room,
    endStalled,
    cut,
    ended,
    identity,
    logFault,
  } = following;
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;
  let open = true;
  /** Looks again now and then: the machine's clock may be set meanwhile, and no timer follows it. */
  const endWhenExpired = () => {
    if (identity.ended) ended.abort();
    if (identity.expiresAt === undefined || ended.signal.aborted) return;
    expiry = setTimeout(endWhenExpired, Math.min(identity.expiresAt - Date.now(), heartbeat));
  };
  const next = async () => {
    try {
      for (;;) {
        const { done, value } = await events.next();
        if (done || identity.ended) return undefined;
        const text = format(value);
        if (text !== undefined) return text;
      }
    } catch (error) {
      noteFault(asHotcellError(error), { logFault });
      return undefined;
    }
  };
  const end = async () => {
    open = false;
    clearInterval(timer);
    clearTimeout(expiry);
    ended.abort();
    room.end();
    await events.return(undefined);
  };
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(opening));
      // Last-Event-ID says where to go on.
      cut.addEventListener("abort", () => {
        if (!open) return;
        controller.close();
        void end();
      });
    },
    async pull(controller) {
      room.taken();
      // Not before somebody reads: nobody does after a HEAD, and then nobody would stop it.
      if (timer === undefined) {
        timer = setInterval(() => {
          // Not for a client that has yet to read what it has.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(":\n\n"));
          else endStalled();
        }, heartbeat);
        endWhenExpired();
      }
      const event = await next();
      // The client may have gone away meanwhile.
      if (!open) return;
      if (event) {
        room.offered();
        controller.enqueue(encoder.encode(event));
        return;
      }
      if (closing !== undefined) controller.enqueue(encoder.encode(closing));
      controller.close();
      await end();
    },
    cancel: end,
  });
}
