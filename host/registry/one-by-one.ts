/** Queue of tasks, of which each begins when the one before it has ended, well or not. */
export class OneByOne {
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Tasks that have not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves or rejects as the task does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.#pending++;
    const run = this.#tail.then(task).finally(() => {
      this.#pending--;
    });
    this.#tail = run.catch(() => {});
    return run;
  }
}
