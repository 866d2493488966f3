/** Texts that are known where they lie. */
import { describe, expect, it } from "vitest";
import { commonNames, findCommonName, findCommonValue } from "../../host/text/common-texts.ts";
import { latin1 } from "../../host/text/latin1.ts";

const value = "text/plain; charset=utf-8";
const cases: [string, typeof findCommonName][] = [
  ...commonNames.map((name): [string, typeof findCommonName] => [name, findCommonName]),
  [value, findCommonValue],
];

describe.each(cases)("%s", (text, find) => {
  const codes = [...text].map((character) => character.charCodeAt(0));

  it("is found among bytes and among units of two", () => {
    for (const characters of [Uint8Array.of(0, ...codes, 0), Uint16Array.of(0, ...codes, 0)])
      expect(find(characters, 1, text.length)).toBe(text);
  });

  it("is no other text of its length, nor a part of one", () => {
    for (let i = 0; i < codes.length; i++) {
      const other = Uint16Array.from(codes);
      // The same in its lower half.
      other[i]! += 0x100;
      expect(find(other, 0, text.length)).toBeUndefined();
      expect(find(Uint8Array.from(codes).fill(0x41, i, i + 1), 0, text.length)).toBeUndefined();
    }
    expect(find(Uint8Array.from(codes), 0, text.length - 1)).toBeUndefined();
    expect(find(Uint8Array.from(codes), 1, text.length)).toBeUndefined();
  });
});

it("is read like any other text of one character a byte", () => {
  for (const text of [value, value.toUpperCase(), "text/plain; charset=utf-é"])
    expect(latin1(Buffer.from(text, "latin1"))).toBe(text);
});

it("is none where there are no characters, or very many", () => {
  expect(findCommonName(new Uint8Array(), 0, 0)).toBeUndefined();
  expect(findCommonName(new Uint8Array(100), 0, 100)).toBeUndefined();
});
