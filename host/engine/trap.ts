import { TrapError } from "../errors.ts";

/**
 * The error for whatever came out of a cell: a WebAssembly trap, an exhausted stack, an uncaught guest exception,
 * or a value that could not be lifted or lowered. The message is fit for clients: it holds no host paths.
 * `doing` continues the sentence: `while calling "greet"`. `told` is the guest's own reason, fit for clients already.
 */
export function trapFrom(thrown: unknown, subject: string, doing: string, told?: string): TrapError {
  return new TrapError(`The plugin trapped ${doing}: ${told ?? reasonOf(thrown)}.`, {
    subject,
    remedy: "Its cell was discarded with all it held; the next call gets a new one. Mend the plugin's code.",
    cause: thrown,
  });
}

/** Whether a guest ended itself by `unreachable`, as compiled languages do when they abort. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError && thrown.message === "unreachable";
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof WebAssembly.RuntimeError)
    // jco rewords what V8 says.
    return presentable(thrown.message.replace(/^wasm trap: (?:wasm `(\w+)` instruction executed)?/, "$1"));
  if (thrown instanceof WebAssembly.Exception) return "it threw an exception that it did not catch";
  if (thrown instanceof WebAssembly.LinkError)
    return `its core modules do not fit together (${presentable(thrown.message)})`;
  if (thrown instanceof RangeError) {
    if (/call stack/i.test(thrown.message)) return "the call stack is exhausted (endless recursion?)";
    if (/allocat|memory/i.test(thrown.message)) return `out of memory (${presentable(thrown.message)})`;
    return `a pointer or length lies outside its memory (${presentable(thrown.message)})`;
  }
  if (thrown instanceof Error) return `a value can't cross its boundary (${presentable(thrown.message)})`;
  return "its call ended with something that is no error";
}

/** One line, cut to a bearable length, and nothing in it that looks like a file of the host. */
function presentable(message: string): string {
  const line = message
    .replace(/\s+/g, " ")
    .replace(/(?:file:|[a-z]:\\|\/)\S*[/\\]\S*/gi, "…")
    .replace(/[.\s]+$/, "");
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
