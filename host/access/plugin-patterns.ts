/**
 * Names of plugins, and patterns for them: a name in which one `*` stands for any characters, or none. No more than
 * that, so that a pattern is read at a glance and matched in the time that it takes to compare two names.
 */

import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";

/** A name has 63 characters at most. */
const pattern = /^(?!-)(?=.{2,64}$)[a-z0-9-]*\*[a-z0-9-]*$/;

interface Affixes {
  readonly before: string;
  readonly after: string;
}

/** Names of plugins, and patterns with one `*`, that something is good for. */
export class PluginPatterns {
  /** Patterns as they were given. */
  readonly texts: readonly string[];
  readonly #names: ReadonlySet<string>;
  readonly #patterns: readonly Affixes[];

  /** Takes names and patterns; what is neither matches nothing. */
  constructor(texts: Iterable<string>) {
    this.texts = [...new Set(texts)];
    this.#names = new Set(this.texts.filter((text) => !isPattern(text)));
    this.#patterns = this.texts.filter((text) => pattern.test(text)).map(affixes);
  }

  /** True for a plugin that one of them means. */
  has(plugin: string): boolean {
    return this.#names.has(plugin) || this.#patterns.some((own) => fits(plugin, own, 0));
  }

  /** Every plugin that `text`, a name or a pattern, stands for is among these. */
  covers(text: string): boolean {
    if (!isPattern(text)) return this.has(text);
    // Where both ends are as one of ours wants them, so are those of every name between.
    return pattern.test(text) && this.#patterns.some((own) => fits(text, own, 1));
  }
}

export function isPattern(text: string): boolean {
  return text.includes("*");
}

/** Throws `bad-request` for what has a `*` and is no pattern; `subject` is where it came. */
export function checkPattern(text: string, subject = "plugins"): void {
  if (!isPattern(text) || pattern.test(text)) return;
  const actual = beginning(text, 100);
  throw new HotcellError("bad-request", `${JSON.stringify(actual)} is no pattern of plugins' names.`, {
    subject,
    actual,
    expected: "a name with one *, such as t42-*, of 2 to 64 of a-z, 0-9, - and *, not starting with -",
    remedy: text === "*" ? `For all plugins, leave ${subject} out.` : "Give several where one won't do.",
  });
}

function affixes(text: string): Affixes {
  const [before = "", after = ""] = text.split("*");
  return { before, after };
}

/** `wild`: characters of the text, its own `*`, that neither end may take. */
function fits(text: string, { before, after }: Affixes, wild: number): boolean {
  return (
    text.length - wild >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  );
}
