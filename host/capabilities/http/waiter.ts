/** Waiters for what is not there yet, as an exchange and its wrappers let others wait. */

/** Callbacks that each hear once that something is there, unless they are called off before. */
export class Waiter {
  readonly #callbacks = new Set<() => void>();

  get size(): number {
    return this.#callbacks.size;
  }

  /** Adds one; gives what calls it off. It hears `soon` where there is nothing to wait for. */
  wait(callback: () => void, ready = false): () => void {
    if (ready) return soon(callback);
    const own = () => callback();
    this.#callbacks.add(own);
    return () => this.#callbacks.delete(own);
  }

  tell(): void {
    for (const callback of [...this.#callbacks]) if (this.#callbacks.delete(callback)) callback();
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
