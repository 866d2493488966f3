import { ComponentError, HotcellError, TrapError } from "../errors.ts";

/**
 * The same error, without the plugin's secrets in its message: what a plugin says when it aborts or refuses may have
 * them. What it returns, an error or not, is its own answer.
 */
export function withoutSecrets(scrub: (text: string) => string, error: unknown): unknown {
  if (!(error instanceof HotcellError) || error instanceof ComponentError) return error;
  const message = scrub(error.message);
  if (message === error.message) return error;
  return error instanceof TrapError
    ? new TrapError(message, error.facts)
    : new HotcellError(error.code, message, error.facts);
}
