import { expect, test } from "vitest";
import { isPattern, matchesPattern } from "../../host/text/pattern.ts";

test.each([
  ["", "", true],
  ["", "a", false],
  ["a", "a", true],
  ["*", "", true],
  ["*", "any\nthing", true],
  ["a*", "abc", true],
  ["*c", "abc", true],
  ["a*c", "abc", true],
  ["a*a", "a", false],
  ["ab*bc", "abc", false],
  ["*b*", "abc", true],
  ["*b*b*", "abc", false],
  ["a*b*c", "a-b-b-c", true],
  ["a**c", "ac", true],
  ["*ab", "aab", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["*\\\\*", "a\\b", true],
  ["a.c", "abc", false],
  ["grün*💡", "grün ist 💡", true],
])("%j and %j: %j", (pattern, text, matches) => {
  expect(isPattern(pattern)).toBe(true);
  expect(matchesPattern(pattern, text)).toBe(matches);
});

test("is a text within its bounds that has a backslash before nothing else", () => {
  expect(["a\\b", "a\\", "a".repeat(301)].map(isPattern)).toEqual([false, false, false]);
  expect(["\\\\\\*", "a".repeat(300)].map(isPattern)).toEqual([true, true]);
});
