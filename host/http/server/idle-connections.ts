import type { Socket } from "node:net";

/** Milliseconds for which a connection may be idle; 0 while it is not. */
const mayBeIdle = Symbol("may be idle");

type Watched = Socket & { [mayBeIdle]?: number };

/** Time that Node tells a connection after each answer, and takes back with the next request. */
function setIdleTime(this: Watched, milliseconds: number): Watched {
  this[mayBeIdle] = milliseconds;
  return this;
}

interface Look {
  readonly bytes: number;
  readonly since: number;
}

/**
 * Connections that nothing comes over, looked at together now and then. Node gives each a timer, which it sets and clears with every
 * request: that costs a thirtieth of what a small one does.
 */
export class IdleConnections {
  /** Bytes that had come by the first look at a connection that was idle then. */
  readonly #looks = new WeakMap<Socket, Look>();

  /** Keeps Node from setting timers on a connection: from here on it says so how long that may be idle. */
  watch(socket: Watched): void {
    socket[mayBeIdle] = 0;
    socket.setTimeout = setIdleTime;
  }

  /** Closes those that have been idle for longer than they may. */
  end(sockets: Iterable<Watched>, now: number): void {
    for (const socket of sockets) {
      const time = socket[mayBeIdle] ?? 0;
      if (time === 0) continue;
      const { bytesRead: bytes } = socket;
      const before = this.#looks.get(socket);
      if (before?.bytes !== bytes) this.#looks.set(socket, { bytes, since: now });
      else if (now - before.since > time) socket.destroy();
    }
  }
}
