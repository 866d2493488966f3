/** About 13 kB each. */
const maxCopies = 64;
/** As many are kept ready, because loading one takes about a millisecond. */
const ahead = 4;

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
  #making = Promise.resolve();

  constructor(shared: Code) {
    this.#shared = shared;
  }

  /** To be awaited before records with these lists of fields are met: there are copies then, or no more to be had. */
  async prepare(lists: readonly (readonly string[])[]): Promise<void> {
    const unknown = new Set(lists.map((keys) => keys.join())).difference(this.#byFields);
    while (this.#ready.length < unknown.size && this.#made < maxCopies) await this.#makeAnother();
  }

  /** The code for records with these fields. */
  for(keys: readonly string[]): Code {
    const fields = keys.join();
    let code = this.#byFields.get(fields);
    if (code) return code;
    code = this.#ready.pop();
    if (!code) return this.#shared;
    this.#byFields.set(fields, code);
    if (this.#ready.length < ahead && this.#made < maxCopies) void this.#makeAnother();
    return code;
  }

  /** One after the other. Where one can't be loaded, the shared code does: nobody's call depends on it. */
  #makeAnother(): Promise<void> {
    this.#making = this.#making.then(() => this.#make()).catch(() => {});
    return this.#making;
  }

  async #make(): Promise<void> {
    if (this.#made === maxCopies) return;
    const copy = (await import(`${this.#shared.file}?copy=${++this.#made}`)) as { readonly code: Code };
    this.#ready.push(copy.code);
  }
}
