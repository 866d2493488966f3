type Echo = (arg?: unknown) => unknown;

/** Loaded once more for each function that is called (`own-caller.ts`). */
export function caller(echo: Echo, arg: unknown): () => unknown {
  return arg === undefined ? () => echo() : () => echo(arg);
}
