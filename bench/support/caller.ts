type Echo = (arg?: unknown) => unknown;

/** What `ownCaller` loads once more for each function. */
export function caller(echo: Echo, arg: unknown): () => unknown {
  return arg === undefined ? () => echo() : () => echo(arg);
}

let made = 0;

/**
 * Calls `echo` with `arg`, from a place in the code that calls nothing else: V8 keeps what it learns with the place, and
 * where several functions share one, those that came first have the advantage.
 */
export async function ownCaller(echo: Echo, arg: unknown): Promise<() => unknown> {
  const own = (await import(`${import.meta.url}?copy=${++made}`)) as { readonly caller: typeof caller };
  return own.caller(echo, arg);
}
