/** Sentence of the engine about a text that is no JSON, without the part that it quotes: that may be a secret. */
export function jsonMistake(error: unknown): string {
  return (error as SyntaxError).message.replace(/, (?:\.\.\.)?".*" is not valid JSON$/s, "");
}
