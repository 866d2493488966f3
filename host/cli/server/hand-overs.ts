/**
 * Connections on their way from the process that has the workers to these. What passes between the two is Node's own matter: should that
 * ever look different, nothing is done here, and `test/cli/workers.test.ts` tells.
 */

import type { Worker } from "node:cluster";
import { connect } from "node:net";
import { within } from "../../platform/within.ts";

/** Message of the cluster by which a connection goes to a worker. */
interface HandOver {
  readonly act?: unknown;
  readonly seq?: unknown;
}

interface Handle {
  close?(): void;
  /** Fills in where the connection comes from. */
  getpeername?(into: { port?: number }): unknown;
}

export class HandOvers {
  /** Ports from which connections came that were handed over of late; absent where nobody has to know. */
  #ports: Set<number> | undefined;
  #handed = () => {};

  /** Follows what goes to a worker. What it has not taken when it dies is closed: Node would keep it open, and its client would wait. */
  follow(worker: Worker): void {
    const { process: child } = worker;
    const untaken = new Map<unknown, Handle>();
    const send = child.send.bind(child) as (...args: unknown[]) => boolean;
    child.send = (...args: unknown[]): boolean => {
      const [message, handle] = args as [HandOver | null, Handle | undefined];
      if (handle && message?.act === "newconn") {
        untaken.set(message.seq, handle);
        this.#note(handle);
      }
      return send(...args);
    };
    child.on("internalMessage", ({ ack }: { readonly ack?: unknown }) => {
      if (ack !== undefined) untaken.delete(ack);
    });
    worker.once("exit", () => {
      for (const handle of untaken.values()) handle.close?.();
      untaken.clear();
    });
  }

  /**
   * Resolves when each connection has gone to a worker that came to these addresses before, at the latest after `time` milliseconds. They are
   * handed over in the order in which they came, those that the kernel still has among them: so one of our own is sent after them.
   */
  async earlier(urls: readonly string[], time: number): Promise<void> {
    const ports = new Set<number>();
    this.#ports = ports;
    const waited = Promise.withResolvers<void>();
    const marks = urls.map(connectTo);
    const look = () => {
      if (marks.every(({ over, port }) => over || ports.has(port ?? 0))) waited.resolve();
    };
    this.#handed = look;
    for (const mark of marks) mark.changed = look;
    await within(waited.promise, time);
    this.#ports = undefined;
    for (const { end } of marks) end();
  }

  #note(handle: Handle): void {
    if (!this.#ports) return;
    const from: { port?: number } = {};
    handle.getpeername?.(from);
    if (from.port !== undefined) this.#ports.add(from.port);
    this.#handed();
  }
}

interface Mark {
  /** Port from which it was sent; absent until it is there. */
  port: number | undefined;
  /** It could not be sent. */
  over: boolean;
  changed: () => void;
  readonly end: () => void;
}

function connectTo(url: string): Mark {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ""));
  const mark: Mark = { port: undefined, over: false, changed: () => {}, end: () => socket.destroy() };
  socket.on("connect", () => {
    mark.port = socket.localPort;
    mark.changed();
  });
  socket.on("error", () => {
    mark.over = true;
    mark.changed();
  });
  return mark;
}
