/**
 * Texts that most messages of HTTP have, known where their characters lie: to make a text of these is a call out of compiled code, which
 * takes several times as long as to look at them. One of each length, so that a look is all it takes.
 */

const longest = 32;

interface CommonText {
  readonly text: string;
  readonly codes: Uint8Array;
}

/** Finder of such a text among characters, of which so many from the first on are compared; undefined where it is none. */
export type FindCommonText = (
  characters: ArrayLike<number>,
  first: number,
  length: number,
) => string | undefined;

/** Names of fields, in lower case. */
export const commonNames: readonly string[] = [
  ...["content-type", "content-length", "content-encoding", "cache-control", "set-cookie", "location"],
  "etag",
];

const commonValues: readonly string[] = [
  ...["text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json", "text/plain"],
];

function finder(texts: readonly string[]): FindCommonText {
  const byLength: (CommonText | undefined)[] = new Array(longest + 1).fill(undefined);
  for (const text of texts) byLength[text.length] = { text, codes: new Uint8Array(Buffer.from(text)) };
  return (characters, first, length) => {
    const common = length > longest ? undefined : byLength[length];
    if (common === undefined) return undefined;
    const { codes } = common;
    for (let i = 0; i < length; i++) if (characters[first + i] !== codes[i]) return undefined;
    return common.text;
  };
}

export const findCommonName = finder(commonNames);
export const findCommonValue = finder(commonValues);
