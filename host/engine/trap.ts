import { TrapError } from "../errors.ts";
import type { SourcePlace } from "../harden/line-table.ts";
import { cutText } from "../text/cut.ts";
import type { Scrubber } from "../text/scrubber.ts";

export interface Trapped {
  /** Its name, where that is known. */
  readonly plugin?: string | undefined;
  readonly subject: string;
  /** Continues the sentence: `while calling "greet"`. */
  readonly doing: string;
  /** The guest's own reason, fit for clients already. */
  readonly told?: string | undefined;
  /** The innermost place that its author wrote. */
  readonly place?: Required<SourcePlace> | undefined;
  /** Scrubber of what else may have come from the guest. */
  readonly scrubber: Scrubber;
}

/**
 * The error for whatever came out of a cell: a WebAssembly trap, an exhausted stack, an uncaught guest exception,
 * or a value that could not be lifted or lowered. The message is fit for clients: it holds no host paths.
 */
export function trapFrom(thrown: unknown, trapped: Trapped): TrapError {
  const { subject, doing } = trapped;
  if (isExhaustedStack(thrown)) {
    return new TrapError(
      `${trapped.plugin ?? "The plugin"} trapped ${doing}: ${trapReason(thrown, trapped)}.`,
      {
        subject,
        limit: "the stack of the host's thread, which no setting makes larger",
        remedy: "Let it call itself less deeply: mend an endless recursion, or use a loop and a list.",
        cause: thrown,
      },
    );
  }
  return new TrapError(`The plugin trapped ${doing}: ${trapReason(thrown, trapped)}.`, {
    subject,
    remedy: "Its cell was discarded with all it held; the next call gets a new one. Mend the plugin's code.",
    cause: thrown,
  });
}

function isExhaustedStack(thrown: unknown): boolean {
  return thrown instanceof RangeError && /call stack/i.test(thrown.message);
}

/** Reason of a trap, in the guest's words or ours, and the place; no sentence. */
export function trapReason(
  thrown: unknown,
  { told, place, scrubber }: Pick<Trapped, "told" | "place" | "scrubber">,
): string {
  const reason = told ?? reasonOf(thrown, scrubber);
  return place ? `${reason}, in ${scrubber.scrub(placeText(place, reason))}` : reason;
}

/** `price (assembly/index.ts:7)`; without the place where the reason has said it already. */
export function placeText({ name, file, line }: Required<SourcePlace>, reason = ""): string {
  return reason.includes(`(${file}:${line}:`) ? name : `${name} (${file}:${line})`;
}

/** True where a guest ended itself by `unreachable`, as compiled languages do when they abort. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError && ownWords(thrown) === "unreachable";
}

/** Text that V8 says: jco rewords it. */
function ownWords({ message }: WebAssembly.RuntimeError): string {
  return message.replace(/^wasm trap: (?:wasm `(\w+)` instruction executed)?/, "$1");
}

function reasonOf(thrown: unknown, scrubber: Scrubber): string {
  if (thrown instanceof WebAssembly.RuntimeError) return presentable(ownWords(thrown), scrubber);
  if (thrown instanceof WebAssembly.Exception) return "it threw an exception that it did not catch";
  if (thrown instanceof WebAssembly.LinkError)
    return `its core modules do not fit together (${presentable(thrown.message, scrubber)})`;
  if (thrown instanceof RangeError) {
    if (isExhaustedStack(thrown)) return "the call stack is exhausted (endless recursion?)";
    if (/allocat|memory/i.test(thrown.message))
      return `out of memory (${presentable(thrown.message, scrubber)})`;
    return `a pointer or length lies outside its memory (${presentable(thrown.message, scrubber)})`;
  }
  if (thrown instanceof Error)
    return `a value can't cross its boundary (${presentable(thrown.message, scrubber)})`;
  return "its call ended with something that is no error";
}

/** UTF-16 code units of an engine's message that are read, and shown. */
const maxRead = 1000;
const maxShown = 200;

/** Text on one line, cut to a bearable length, and nothing in it that looks like a file of the host. */
function presentable(message: string, scrubber: Scrubber): string {
  const line = scrubber
    .excerpt(message, maxRead)
    .replace(/\s+/g, " ")
    .replace(/(?:file:|[a-z]:\\|\/)\S*[/\\]\S*/gi, "…")
    .replace(/[.\s]+$/, "");
  return cutText(line, maxShown);
}
