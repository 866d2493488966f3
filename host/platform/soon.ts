/** Values that are there at once unless somebody has to be waited for. A promise costs a small call as much as its arguments do. */
export type Soon<T> = T | Promise<T>;

/** Result of `use`, called with the value as soon as it is there. Throws, or rejects with, what that throws. */
export function after<T, U>(value: Soon<T>, use: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** Result of `work`, or of `failed` with what it throws or rejects with. */
export function caught<T>(work: () => Soon<T>, failed: (thrown: unknown) => Soon<T>): Soon<T> {
  try {
    const outcome = work();
    return outcome instanceof Promise ? outcome.catch(failed) : outcome;
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Result of `work`; `end` is called when it has come to that, or failed. */
export function ended<T>(work: () => Soon<T>, end: () => void): Soon<T> {
  let outcome: Soon<T> | undefined;
  try {
    outcome = work();
    return outcome instanceof Promise ? outcome.finally(end) : outcome;
  } finally {
    if (!(outcome instanceof Promise)) end();
  }
}
