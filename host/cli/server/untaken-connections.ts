/**
 * Connections that were handed to a worker which died before it took them. Node keeps them open until the worker answers, which it never
 * will, so their clients would wait as long as they can. What passes between the two is Node's own matter: should that ever look
 * different, nothing is ended here, and `test/cli/workers.test.ts` tells.
 */

import type { Worker } from "node:cluster";

/** Message of the cluster by which a connection goes to a worker. */
interface HandOver {
  readonly act?: unknown;
  readonly seq?: unknown;
}

interface Handle {
  close?(): void;
}

export function endUntakenConnections(worker: Worker): void {
  const { process: child } = worker;
  const untaken = new Map<unknown, Handle>();
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (...args: unknown[]): boolean => {
    const [message, handle] = args as [HandOver | null, Handle | undefined];
    if (handle && message?.act === "newconn") untaken.set(message.seq, handle);
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
