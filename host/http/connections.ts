/** A bound on connections that slow senders can't use up. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class Connections {
  readonly #limit: number;
  /** The latest answer on each connection, oldest connection first. */
  readonly #open = new Map<Socket, ServerResponse | undefined>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Where there are too many, closes one that the host is waiting for: the oldest that is idle or has yet to send a
   * whole header, else the oldest that has yet to send a whole body, else the new one. Whoever would starve others
   * has to send whole requests, faster than others connect.
   */
  admit(socket: Socket): void {
    this.#open.set(socket, undefined);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#open.size <= this.#limit) return;
    const dropped = this.#oldest(idle, socket) ?? this.#oldest(arriving, socket) ?? socket;
    this.#open.delete(dropped);
    dropped.destroy();
  }

  /** A request came. */
  began(response: ServerResponse): void {
    this.#open.set(response.req.socket, response);
  }

  /** The answer under way on a connection. */
  answering(socket: Socket): ServerResponse | undefined {
    const response = this.#open.get(socket);
    return response === undefined || idle(response) ? undefined : response;
  }

  /** Answers that have not begun will say that they are the last on their connection. */
  announceEnd(): void {
    for (const response of this.#open.values()) {
      if (response && !response.headersSent) response.shouldKeepAlive = false;
    }
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
