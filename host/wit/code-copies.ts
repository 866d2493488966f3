/** About 13 kB each. */
const maxCopies = 64;

/** What a module that is to be copied exports as `code`: `file` is where it is, in whatever form it is run. */
interface Copyable {
  readonly file: string;
}

/**
 * Copies of a module that reads or writes the fields of records, one for each list of fields, so that each has what V8
 * learns to itself: code that meets records of different fields takes 20 ns a field instead of 3. A copy is this
 * project's own file loaded once more. It is kept for later components with the same fields; there are never more than
 * `maxCopies`, whatever is deployed, and record types beyond share one.
 */
export class CodeCopies<Code extends Copyable> {
  readonly #shared: Code;
  readonly #byFields = new Map<string, Code>();
  #made = 0;
  #making = Promise.resolve();

  constructor(shared: Code) {
    this.#shared = shared;
  }

  /** To be awaited before records with these fields are met: they have a copy then, if there are any more. */
  prepare(keys: readonly string[]): Promise<void> {
    // One after the other. Where one can't be loaded, the shared code does: nobody's call depends on it.
    this.#making = this.#making.then(() => this.#make(keys.join())).catch(() => {});
    return this.#making;
  }

  /** The code for records with these fields. */
  for(keys: readonly string[]): Code {
    return this.#byFields.get(keys.join()) ?? this.#shared;
  }

  async #make(fields: string): Promise<void> {
    if (this.#byFields.has(fields) || this.#made === maxCopies) return;
    const copy = (await import(`${this.#shared.file}?copy=${++this.#made}`)) as { readonly code: Code };
    this.#byFields.set(fields, copy.code);
  }
}
