/** Looks for secrets in what a host says: whole, in parts, and as they are encoded. */

/** Characters of a secret in a row that are told to be none of chance. */
const telling = 8;
/** Forms that have two characters for each: eight of them are four of the secret, which digits of any table may be. */
const wide = new Set(["in UTF-16", "in hexadecimal"]);

export interface Finding {
  readonly where: string;
  readonly how: string;
  /** What is around it. */
  readonly found: string;
}

/** A secret as it would look in each encoding that a host or a plugin may use without meaning to hide it. */
function formsOf(secret: string): [how: string, text: string][] {
  const bytes = Buffer.from(secret);
  // Wherever it begins in what was encoded; what is at its ends depends on its neighbours.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  return [
    ...secret.split(/\r?\n/).map((line): [string, string] => ["as it is", line]),
    ["with its lines", secret],
    ["in JSON", json(secret)],
    ["in JSON in JSON", json(json(secret))],
    ["in a URL", encodeURIComponent(secret)],
    ["in UTF-8 read as Latin-1", bytes.toString("latin1")],
    ["in UTF-16", Buffer.from(secret, "utf16le").toString("latin1")],
    ["in hexadecimal", bytes.toString("hex")],
    ["backwards", [...secret].reverse().join("")],
    ...base64.flatMap((text): [string, string][] => [
      ["in base64", text],
      ["in base64url", text.replaceAll("+", "-").replaceAll("/", "_")],
    ]),
  ];
}

export class SecretSearch {
  /** Every so many characters in a row of every form → its name, by how many. */
  readonly #windows = new Map([telling, 2 * telling].map((length) => [length, new Map<string, string>()]));
  /** Text → where it was said first. */
  readonly #said = new Map<string, string>();
  readonly #places = new Set<string>();
  #log = "";

  constructor(secrets: readonly string[]) {
    for (const [how, text] of secrets.flatMap(formsOf)) {
      const length = wide.has(how) ? 2 * telling : telling;
      const windows = this.#windows.get(length)!;
      for (let i = 0; i + length <= text.length; i++) {
        const part = text.slice(i, i + length);
        if (!windows.has(part)) windows.set(part, how);
      }
    }
  }

  /** Keeps what was said, to look through it later. */
  add(where: string, text: string): void {
    this.#places.add(where);
    if (!this.#said.has(text)) this.#said.set(text, where);
  }

  /** A line of a log: a secret may be split over two of them. */
  addLine(line: string): void {
    this.add("a line of the log", line);
    this.#log += line;
  }

  /** Where something was said. */
  get places(): ReadonlySet<string> {
    return this.#places;
  }

  findings(): Finding[] {
    const all = [...this.#said, [this.#log, "lines of the log, one after another"] as const];
    return all.flatMap(([text, where]) => this.#firstIn(text, where));
  }

  #firstIn(text: string, where: string): Finding[] {
    for (const [length, windows] of this.#windows)
      for (let at = 0; at + length <= text.length; at++) {
        const how = windows.get(text.slice(at, at + length));
        if (how !== undefined) return [{ where, how, found: text.slice(Math.max(0, at - 60), at + 60) }];
      }
    return [];
  }
}
