/** Connections of a server: a bound that slow senders can't use up, and an end in order. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { within } from "../../platform/within.ts";
import { answerUnderWay } from "./half-closed.ts";
import { IdleConnections } from "./idle-connections.ts";

export class Connections {
  readonly #limit: number;
  /** The latest answer on each connection, oldest connection first. */
  readonly #open = new Map<Socket, ServerResponse | undefined>();
  readonly #idle = new IdleConnections();
  /** Connections and requests so far. */
  #seen = 0;
  #ending = false;
  /** Called when none is left. */
  #emptied: (() => void) | undefined;
  /** Answers that say that they are the last on their connection because the server ends. */
  readonly #last = new WeakSet<ServerResponse>();
  /** Bytes that were left of whole answers when they were last looked at, and since when it has been so many. */
  readonly #left = new WeakMap<ServerResponse, { readonly bytes: number; readonly since: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Admits a connection. Where there are too many, closes one that the host is waiting for: the oldest that is idle or
   * has yet to send a whole header, else the oldest that has yet to send a whole body, else the new one. Whoever would
   * starve others has to send whole requests, faster than others connect.
   */
  admit(socket: Socket): void {
    this.#open.set(socket, undefined);
    this.#idle.watch(socket);
    this.#seen++;
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#emptied?.();
    });
    if (this.#open.size <= this.#limit) return;
    const dropped = this.#oldest(idle, socket) ?? this.#oldest(arriving, socket) ?? socket;
    this.#open.delete(dropped);
    dropped.destroy();
  }

  /** A request came. False where its connection has been said to end before it: then it is not to be begun. */
  began(response: ServerResponse): boolean {
    if (this.#ending && !this.#isLast(response)) return false;
    this.#open.set(response.req.socket, response);
    this.#seen++;
    return true;
  }

  /** The answer under way on a connection. */
  answering(socket: Socket): ServerResponse | undefined {
    const response = this.#open.get(socket);
    return response === undefined || idle(response) ? undefined : response;
  }

  /**
   * Resolves when nothing has come for a turn of the event loop: no connection, no request, and no byte of one over
   * connections that are idle. The kernel has connections that nobody has accepted yet, and libuv takes one in a turn;
   * and it has bytes that nobody has read. At the latest after `time` milliseconds.
   */
  async settle(time: number): Promise<void> {
    const until = performance.now() + time;
    // The first turn may have begun before; what the last one accepted is read in the next.
    for (let quiet = 0; quiet < 2 && performance.now() < until; ) {
      const before = this.#arrived();
      await nextTurn();
      quiet = this.#arrived() === before ? quiet + 1 : 0;
    }
  }

  /** Resolves when none is open, at the latest after `time` milliseconds. */
  async emptied(time: number): Promise<void> {
    if (this.#open.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    await within(promise, time);
    this.#emptied = undefined;
  }

  /** Makes the answer to the latest request on each connection say, from now on, that it is the last. */
  beginEnd(): void {
    this.#ending = true;
  }

  /** True while an answer is written and not sent yet. */
  get someUnsent(): boolean {
    return this.#open.values().some((response) => response?.writableEnded && !response.writableFinished);
  }

  /** Makes the answers under way say so too; `closed` is called when each has ended. */
  announceEnd(closed: () => void): void {
    for (const response of this.#open.values()) {
      if (!response || idle(response)) continue;
      if (!response.headersSent) this.#makeLast(response);
      response.on("close", closed);
    }
  }

  /** Closes those that nothing ever came over: Node takes them for busy. */
  closeSilent(): void {
    for (const [socket, response] of this.#open) {
      if (response === undefined && socket.bytesRead === 0) socket.destroy();
    }
  }

  /**
   * Closes all that are left. Where a whole request waits for an answer that has not begun, `refuse` tells so and closes
   * the connection.
   */
  endAll(refuse: (socket: Socket) => void): void {
    for (const [socket, response] of this.#open) {
      // One that is queued behind another answer has no socket of its own yet.
      if (response?.socket && response.req.complete && !response.headersSent) refuse(socket);
      else socket.destroy();
    }
  }

  /** The answer becomes the last one of its connection, in place of one before it that has not begun. */
  #isLast(response: ServerResponse): boolean {
    const before = this.#open.get(response.req.socket);
    if (before && !before.writableFinished && this.#last.has(before)) {
      // HTTP lets the client send it again elsewhere: nobody has looked at it.
      if (before.headersSent) return false;
      before.shouldKeepAlive = true;
    }
    this.#makeLast(response);
    return true;
  }

  /** Closes those that have been idle for as long as they may. */
  endIdle(): void {
    this.#idle.end(this.#open.keys(), performance.now());
  }

  /** Closes those over which nothing of an answer was read for so many milliseconds, though all of it is there to be read. */
  endStalled(time: number): void {
    const now = performance.now();
    for (const socket of this.#open.keys()) {
      const response = answerUnderWay(socket);
      if (!response?.writableEnded) continue;
      const bytes = socket.writableLength;
      const before = this.#left.get(response);
      if (before?.bytes !== bytes) this.#left.set(response, { bytes, since: now });
      // The kernel would keep for long what it has of the answer.
      else if (now - before.since > time) socket.resetAndDestroy();
    }
  }

  /** Changes with whatever comes. */
  #arrived(): number {
    let count = this.#seen;
    for (const [socket, response] of this.#open) if (idle(response)) count += socket.bytesRead;
    return count;
  }

  #makeLast(response: ServerResponse): void {
    if (!response.shouldKeepAlive) return;
    response.shouldKeepAlive = false;
    this.#last.add(response);
  }

  #oldest(matches: (response: ServerResponse | undefined) => boolean, except: Socket): Socket | undefined {
    for (const [socket, response] of this.#open) {
      if (socket !== except && matches(response)) return socket;
    }
    return undefined;
  }
}

function idle(response: ServerResponse | undefined): boolean {
  return response === undefined || response.writableFinished;
}

function arriving(response: ServerResponse | undefined): boolean {
  return response !== undefined && !response.req.complete;
}
