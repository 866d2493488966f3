/** About 13 kB each. */
const maxCopies = 64;
/** As many are made ready ahead of their use, because loading one takes about a millisecond. */
const ahead = 8;

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
  readonly #ready: Code[] = [];
  #made = 0;
  #making: Promise<void> | undefined;

  constructor(shared: Code) {
    this.#shared = shared;
  }

  /** To be awaited before a component's records are met: there are copies ready then, or no more to be had. */
  async prepare(): Promise<void> {
    if (this.#ready.length === 0) await this.#refill();
  }

  /** The code for records with these fields. */
  for(keys: readonly string[]): Code {
    const fields = keys.join();
    let code = this.#byFields.get(fields);
    if (code) return code;
    code = this.#ready.pop();
    if (!code) return this.#shared;
    if (this.#made < maxCopies) void this.#refill();
    this.#byFields.set(fields, code);
    return code;
  }

  #refill(): Promise<void> {
    // Where a copy can't be loaded, the shared code does: nobody's call depends on it.
    this.#making ??= this.#make()
      .catch(() => {})
      .finally(() => {
        this.#making = undefined;
      });
    return this.#making;
  }

  async #make(): Promise<void> {
    while (this.#ready.length < ahead && this.#made < maxCopies) {
      const copy = (await import(`${this.#shared.file}?copy=${++this.#made}`)) as { readonly code: Code };
      this.#ready.push(copy.code);
    }
  }
}
