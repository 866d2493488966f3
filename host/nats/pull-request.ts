/** One pull request of a consumer: messages as they come, until the request is over. */
import type { Msg, NatsConnection } from "@nats-io/transport-node";

export interface PullRequest {
  readonly batch: number;
  /** Ends where there are no more; without it, it waits for them as long as `expires`, with heartbeats. */
  readonly noWait: boolean;
  /** Milliseconds. */
  readonly expires: number;
  /** Milliseconds without a message or heartbeat after which it has failed. */
  readonly silence: number;
}

const nanoseconds = 1e6;
/** Milliseconds between heartbeats of a request that waits: a server's death is noticed after some that did not come. */
const heartbeat = 250;
/** Milliseconds for what came while this process had no time to look. */
const lateness = 100;

/** Resolves when it is over; `take` says whether it wants more. Throws where the consumer or the server is gone. */
export function pull(
  nc: NatsConnection,
  { stream, consumer }: { readonly stream: string; readonly consumer: string },
  { batch, noWait, expires, silence }: PullRequest,
  take: (message: Msg) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const inbox = `_INBOX.${crypto.randomUUID()}`;
  let left = batch;
  const fail = () => reject(new Error("no answer from a consumer"));
  let late: NodeJS.Timeout | undefined;
  const quiet = setTimeout(() => {
    late = setTimeout(fail, lateness);
  }, silence);
  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      if (error) {
        reject(error);
        return;
      }
      clearTimeout(late);
      quiet.refresh();
      // Messages keep the subject that they were published to; statuses come to the inbox itself.
      if (message.subject !== inbox) {
        left--;
        try {
          if (!take(message) || left === 0) resolve();
        } catch (failure) {
          reject(failure);
        }
        return;
      }
      const { code = 0, description = "" } = message.headers ?? {};
      if (code === 100) return;
      if (code === 404 || code === 408) resolve();
      else reject(new Error(`the consumer says ${code} ${description}`));
    },
  });
  const ended = () => resolve();
  signal?.addEventListener("abort", ended);
  const request = {
    batch,
    expires: expires * nanoseconds,
    ...(noWait ? { no_wait: true } : { idle_heartbeat: heartbeat * nanoseconds }),
  };
  try {
    nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), { reply: inbox });
  } catch (error) {
    reject(error);
  }
  return promise.finally(() => {
    clearTimeout(quiet);
    clearTimeout(late);
    signal?.removeEventListener("abort", ended);
    subscription.unsubscribe();
  });
}
