/** Waiters for what is not there yet, as an exchange and its wrappers let others wait. */

/** Callbacks that each hear once that something is there, unless they are called off before. */
export class Waiter {
  /** Made for the first: most exchanges end without anybody having waited. */
  #callbacks: Set<() => void> | undefined;

  get size(): number {
    return this.#callbacks?.size ?? 0;
  }

  /** Adds one; gives what calls it off. It hears `soon` where there is nothing to wait for. */
  wait(callback: () => void, ready = false): () => void {
    if (ready) return soon(callback);
    const own = () => callback();
    this.#callbacks ??= new Set();
    const callbacks = this.#callbacks.add(own);
    return () => callbacks.delete(own);
  }

  tell(): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined) return;
    for (const callback of [...callbacks]) if (callbacks.delete(callback)) callback();
  }
}

/** Calls back in this turn, unless what it returned is called before. */
export function soon(callback: () => void): () => void {
  let wanted = true;
  queueMicrotask(() => wanted && callback());
  return () => {
    wanted = false;
  };
}
