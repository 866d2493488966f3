/** Challenges of `WWW-Authenticate` (RFC 9110, section 11.6.1), as far as registries have them: `Bearer` and `Basic`. */

export interface AuthChallenge {
  /** In small letters. */
  readonly scheme: string;
  /** Values by names in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Characters of a field that is looked at. */
const longest = 4096;
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A parameter, or the beginning of a challenge; one after the other, so that no text takes long. */
const piece = new RegExp(
  `\\s*,?\\s*(?:(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))|(${token})(?=\\s|,|$))`,
  "y",
);

/** Challenges in the order of the field; what can't be read ends the list. */
export function parseChallenges(field: string): readonly AuthChallenge[] {
  const text = field.slice(0, longest);
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  piece.lastIndex = 0;
  for (let match = piece.exec(text); match; match = piece.exec(text)) {
    const [whole, name, quoted, bare, scheme] = match;
    if (whole === "") break;
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else {
      const last = found.at(-1);
      if (!last) break;
      const lower = name!.toLowerCase();
      if (!last.parameters.has(lower)) last.parameters.set(lower, quoted?.replace(/\\(.)/gs, "$1") ?? bare!);
    }
  }
  return found;
}
