/** Connections of a server, which end when nothing is under way there: an answer that is written may not have been sent. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class ServedConnections {
  /** Answers that are under way, until they are sent or lost, by connections. */
  readonly #busy = new Map<Socket, ServerResponse>();
  readonly #idle = new Set<Socket>();
  readonly #met = new WeakSet<Socket>();
  readonly #retired = new WeakSet<Socket>();

  /** One that has come. */
  meet(socket: Socket): void {
    if (this.#met.has(socket)) return;
    this.#met.add(socket);
    this.#idle.add(socket);
    socket.once("close", () => this.#idle.delete(socket));
  }

  /** Something is asked there. False where it is nobody's any more: nothing may be done then, and whoever asked hears that by its end. */
  begin(socket: Socket, response: ServerResponse): boolean {
    if (this.#retired.has(socket)) {
      socket.destroy();
      return false;
    }
    this.meet(socket);
    this.#idle.delete(socket);
    this.#busy.set(socket, response);
    response.once("close", () => {
      this.#busy.delete(socket);
      if (this.#retired.has(socket)) socket.end();
      else if (!socket.destroyed) this.#idle.add(socket);
    });
    return true;
  }

  /** Ends those at which nothing is under way, and each other one after its answer. Those that come are others. */
  retire(): void {
    for (const socket of this.#idle) socket.destroy();
    for (const socket of this.#busy.keys()) this.#retired.add(socket);
  }

  /** Resolves once all answers that are under way now are sent, or lost. */
  async ended(): Promise<void> {
    for (const response of [...this.#busy.values()]) if (!response.closed) await once(response, "close");
  }
}
