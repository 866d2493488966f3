import { describe, expect, it } from "vitest";
import {
  harmlessFault,
  harmlessHeader,
  harmlessJson,
  harmlessLine,
  harmlessLines,
  harmlessName,
} from "../../host/text/harmless.ts";
import { actingCharacters, actsOn, plainTexts } from "../support/acting-characters.ts";

const all = actingCharacters.join("-");

describe("a text for one line", () => {
  it("has none of what acts on others, and tells which it was", () => {
    for (const character of actingCharacters) {
      expect(harmlessLine(`a${character}b`)).toBe(`a\\u{${character.codePointAt(0)!.toString(16)}}b`);
    }
    expect(actsOn(harmlessLine(all))).toBe(false);
  });

  it("is left alone where people write so", () => {
    for (const text of plainTexts) expect(harmlessLine(text)).toBe(text);
  });
});

it("a text for several lines keeps its line breaks, and nothing else", () => {
  expect(harmlessLines("one\n\u001b[2Jtwo\r\n")).toBe("one\n\\u{1b}[2Jtwo\\u{d}\n");
  expect(actsOn(harmlessLines(all).replaceAll("\n", ""))).toBe(false);
});

describe("JSON", () => {
  it("can be shown, and reads back the same", () => {
    const value = { [all]: [all, ...plainTexts], n: 1, none: null };
    const text = harmlessJson(value);
    expect(actsOn(text)).toBe(false);
    expect(JSON.parse(text)).toEqual(value);
  });

  it("has bigints as texts", () => {
    expect(harmlessJson({ big: 2n ** 64n, at: "\u202e" })).toBe(
      '{"big":"18446744073709551616","at":"\\u202e"}',
    );
  });

  it("is what JSON.stringify gives where nothing acts", () => {
    for (const text of plainTexts) expect(harmlessJson({ text })).toBe(JSON.stringify({ text }));
  });
});

it("a header can carry it, whatever it was", () => {
  for (const text of [all, ...plainTexts, "\u0100", "a\r\nX-Evil: 1"]) {
    const value = harmlessHeader(text);
    expect(new Headers({ name: `x${value}x` }).get("name")).toBe(`x${value}x`);
    expect(value).toMatch(/^[\x20-\x7e]*$/);
  }
});

it("a name of a binary's tables is printable ASCII", () => {
  expect(harmlessName(all, 10_000)).toMatch(/^[\x20-\x7e]*$/);
  expect(harmlessName("\u001b[2Jnaïve", 7)).toBe("?[2Jna?");
});

it("a fault is told with its stack and its causes", () => {
  const fault = new Error("failed: \u001b[2J\u202e", { cause: new Error("cause \u009b31m") });
  const told = harmlessFault(fault);
  expect(told).toContain("failed: \\u{1b}[2J\\u{202e}");
  expect(told).toContain("cause \\u{9b}31m");
  expect(told).toMatch(/\n\s+at /);
  expect(actsOn(told.replaceAll("\n", ""))).toBe(false);
  expect(harmlessFault("\u001b")).not.toContain("\u001b");
});
