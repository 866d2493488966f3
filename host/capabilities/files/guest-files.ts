/** Files as a cell asks its backend for them: requests in order, each answered before the next is looked at. */
import type { BackendClient } from "../../backends/backend.ts";
import type { Data } from "../../backends/data.ts";
import type { Exchange } from "../../backends/exchange.ts";
import { isRefused, transferBytes } from "../../backends/files/file-request.ts";
import { ComponentError } from "../../errors.ts";
import type { CellContext } from "../capability.ts";
import { Waiter } from "../http/waiter.ts";
import type { HostObjects } from "../kit/host-objects.ts";

/** Bytes that may be on their way to the files before streams of the cell take no more. */
const maxUnderWay = 2 * transferBytes;

export class GuestFiles {
  readonly cell: CellContext;
  readonly #which: "files" | "sent";
  #session: FilesExchange | undefined;

  /** `which`: the plugin's own, or those that came with its version. */
  constructor(cell: CellContext, which: "files" | "sent") {
    this.cell = cell;
    this.#which = which;
  }

  /** Begun when files are first asked for. */
  get session(): FilesExchange {
    this.#session ??= new FilesExchange(this.cell.backend("files"), this.#which, this.cell.objects);
    return this.#session;
  }

  /** The cell begins anew, or has ended: whatever was open is closed, and a descriptor of it is a bad one. */
  end(): void {
    this.#session?.end();
    this.#session = undefined;
  }
}

/** Exchange of a cell with its files. When it is cut off it is over: what was open in it is gone. */
export class FilesExchange {
  readonly #exchange: Exchange;
  readonly #objects: HostObjects;
  readonly #unanswered: PromiseWithResolvers<Data>[] = [];
  readonly #unsent: Data[] = [];
  readonly #progress = new Waiter();
  #sending = false;
  #underWay = 0;
  #ended = false;

  constructor(backend: BackendClient, which: "files" | "sent", objects: HostObjects) {
    this.#exchange = backend.exchange(which, null);
    this.#objects = objects;
    void this.#receive();
  }

  /** Rejects with the ComponentError of what was refused. */
  async ask(operation: string, ...args: readonly Data[]): Promise<Data> {
    const answer = await this.#request([operation, ...args]);
    if (isRefused(answer)) throw refusedBy(answer.error);
    return answer;
  }

  /** Writes bytes, which count as under way until it is answered. */
  async write(bytes: Uint8Array, operation: string, ...args: readonly Data[]): Promise<void> {
    this.#objects.keep(bytes.length);
    this.#underWay += bytes.length;
    try {
      await this.ask(operation, ...args, bytes);
    } finally {
      this.#objects.keep(-bytes.length);
      this.#underWay -= bytes.length;
      this.#progress.tell();
    }
  }

  end(): void {
    this.#ended = true;
  }

  close(handle: number): void {
    this.#request(["close", handle]).catch(() => {});
  }

  /** Bytes that a stream may write now. */
  get room(): number {
    return this.#underWay < maxUnderWay ? transferBytes : 0;
  }

  whenRoom(callback: () => void): () => void {
    return this.#progress.wait(callback, this.room > 0);
  }

  #request(request: Data): Promise<Data> {
    const { signal } = this.#exchange;
    if (this.#ended) return Promise.reject(refusedBy("bad-descriptor"));
    if (signal.aborted) return Promise.reject(signal.reason);
    const answer = Promise.withResolvers<Data>();
    this.#unanswered.push(answer);
    this.#unsent.push(request);
    void this.#send();
    return answer.promise;
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#unsent.shift(); next !== undefined; next = this.#unsent.shift())
        await this.#exchange.send(next);
    } catch {
      // Whoever waits for an answer is told by what receives it.
    } finally {
      this.#sending = false;
    }
  }

  async #receive(): Promise<void> {
    try {
      for (
        let part = await this.#exchange.receive();
        part !== undefined;
        part = await this.#exchange.receive()
      )
        this.#unanswered.shift()?.resolve(part);
    } catch (reason) {
      for (const { promise, reject } of this.#unanswered.splice(0)) {
        // Some are waited for by nobody.
        promise.catch(() => {});
        reject(reason);
      }
    }
  }
}

/** One open file or directory of a cell, held by its descriptor and the streams of it. */
export class FileHandle {
  readonly session: FilesExchange;
  readonly number: number;
  #holders = 1;

  constructor(session: FilesExchange, number: number) {
    this.session = session;
    this.number = number;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.session.close(this.number);
  }
}

/** Error that a guest gets by its code. */
export function refusedBy(code: string): ComponentError {
  return new ComponentError(code, `The file system answers ${code}.`);
}
