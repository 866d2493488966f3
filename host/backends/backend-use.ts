import type { CallOrigin } from "../engine/call-context.ts";
import { asHotcellError, type HotcellError } from "../errors.ts";
import { after, caught, type Soon } from "../platform/soon.ts";
import type { Backend, BackendClient } from "./backend.ts";
import { BackendRoom, backendLimits, exchangeRoom, tooLarge } from "./backend-room.ts";
import { type Data, weighData } from "./data.ts";
import { drain, type Exchange, exchangePair } from "./exchange.ts";

/**
 * Use of backends by one cell, or by a deployment beside its cells: bounds what is under way, and ends it with its owner.
 * It is where the cell is, and the same in both placements: in a process a `Backend` is what sends frames.
 */
export class BackendUse {
  readonly #backends: (name: string) => Backend;
  readonly #room: BackendRoom;
  readonly #call: () => CallOrigin | undefined;
  readonly #under = new Set<(reason: HotcellError) => void>();

  /** `call` gives where the call comes from that asks. */
  constructor(
    backends: (name: string) => Backend,
    room: BackendRoom = new BackendRoom(),
    call: () => CallOrigin | undefined = () => undefined,
  ) {
    this.#backends = backends;
    this.#room = room;
    this.#call = call;
  }

  client(name: string): BackendClient {
    const backend = this.#backends(name);
    return {
      ask: (operation, data) => this.#ask(backend, operation, data),
      tell: (operation, data) => backend.tell?.(operation, data),
      exchange: (operation, data) => this.#exchange(backend, operation, data),
    };
  }

  /** Ends all that is under way. What is asked from now on is the next owner's: of the cell as it was at its beginning. */
  end(reason: () => HotcellError): void {
    // With each reset of a cell: an error that nobody is to have takes twice as long as all the rest of it.
    if (this.#under.size === 0) return;
    const error = reason();
    for (const cut of this.#under) cut(error);
    this.#under.clear();
  }

  #ask(backend: Backend, operation: string, data: Data): Soon<Data> {
    const give = this.#room.take(weighed(operation, data));
    const aborting = new AbortController();
    const answer = answerOf(backend, operation, data, aborting.signal, this.#call());
    if (!(answer instanceof Promise)) {
      give();
      return answer;
    }
    const { promise, resolve, reject } = Promise.withResolvers<Data>();
    const cut = (reason: HotcellError) => {
      settle();
      aborting.abort(reason);
      reject(reason);
    };
    const settle = () => {
      this.#under.delete(cut);
      give();
    };
    this.#under.add(cut);
    answer.then(
      (answer) => {
        settle();
        resolve(answer);
      },
      (error) => {
        settle();
        reject(error);
      },
    );
    // Whoever waited for it may be gone.
    promise.catch(() => {});
    return promise;
  }

  #exchange(backend: Backend, operation: string, data: Data): Exchange {
    const give = this.#room.take(weighed(operation, data) + exchangeRoom);
    const settle = () => {
      this.#under.delete(cut);
      give();
    };
    const [near, far] = exchangePair(settle);
    const cut = (reason: HotcellError) => {
      near.cancel(reason);
      // It may have been over, with parts that nobody is there any more to take.
      settle();
    };
    this.#under.add(cut);
    void serve(backend, operation, data, far, this.#call());
    return near;
  }
}

function weighed(operation: string, data: Data): number {
  const bytes = weighData(data);
  if (bytes > backendLimits.data) throw tooLarge(operation, bytes);
  return bytes;
}

/** A driver's answer, at once where that is. Rejects, and never throws, with an error of the catalogue alone. */
export function answerOf(
  backend: Backend,
  operation: string,
  data: Data,
  signal: AbortSignal,
  call: CallOrigin | undefined,
): Soon<Data> {
  return caught(
    () => after(backend.ask?.(operation, data, signal, call) ?? null, (answer) => bounded(operation, answer)),
    (error) => Promise.reject(asHotcellError(error)),
  );
}

function bounded(operation: string, answer: Data): Data {
  const bytes = weighData(answer);
  if (bytes <= backendLimits.data) return answer;
  throw new TypeError(`${operation} was answered with ${bytes} bytes, which is too many.`);
}

/** Runs a driver's side of an exchange to its end; what the cell still sends then is dropped. */
export async function serve(
  backend: Backend,
  operation: string,
  data: Data,
  exchange: Exchange,
  call: CallOrigin | undefined,
): Promise<void> {
  try {
    await backend.open?.(operation, data, exchange, call);
    exchange.end();
    await drain(exchange);
  } catch (error) {
    exchange.cancel(asHotcellError(error));
  }
}
