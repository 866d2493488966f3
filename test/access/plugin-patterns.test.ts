import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPattern, PluginPatterns } from "../../host/access/plugin-patterns.ts";
import { refusal } from "../support/thrown.ts";

const character = fc.constantFrom("a", "b", "-", "4");
const part = fc.string({ unit: character, maxLength: 4 });
const name = fc
  .string({ unit: character, minLength: 1, maxLength: 9 })
  .filter((text) => !text.startsWith("-"));
const pattern = fc
  .tuple(part, part)
  .map(([before, after]) => `${before}*${after}`)
  .filter((text) => text !== "*" && !text.startsWith("-"));

/** As a pattern is meant, by a matcher that is nobody's idea of fast. */
function stands(own: string, for_: string): boolean {
  const [before, after] = own.split("*") as [string, string];
  return new RegExp(`^${before}[a-z0-9-]*${after}$`).test(for_);
}

describe("patterns", () => {
  it.each([
    ["t42-*", ["t42-", "t42-web"], ["t42", "t4", "t421-web", "at42-web", "T42-web"]],
    ["*-staging", ["shop-staging", "-staging"], ["staging", "shop-staging-2"]],
    ["a*a", ["aa", "aba"], ["a", "ab", "ba"]],
    ["shop", ["shop"], ["shop-", "sho", "shopp", "", "*"]],
  ])("%s", (text, inside, outside) => {
    const patterns = new PluginPatterns([text]);
    expect(inside.filter((plugin) => !patterns.has(plugin))).toEqual([]);
    expect(outside.filter((plugin) => patterns.has(plugin))).toEqual([]);
  });

  it("match what they stand for", () => {
    fc.assert(
      fc.property(pattern, name, (own, plugin) => {
        expect(new PluginPatterns([own]).has(plugin)).toBe(stands(own, plugin));
      }),
      { numRuns: 2_000 },
    );
  });

  it("cover only patterns all of whose names they match", () => {
    fc.assert(
      fc.property(pattern, pattern, name, (own, other, plugin) => {
        const patterns = new PluginPatterns([own]);
        if (patterns.covers(other) && stands(other, plugin)) expect(patterns.has(plugin)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    const patterns = new PluginPatterns(["t42-*", "shop"]);
    expect(["t42-*", "t42-a*", "t42-*-b", "shop"].filter((text) => !patterns.covers(text))).toEqual([]);
    for (const text of ["t42*", "t4*", "*", "shop*", "s*", "t42-**", "t42-*/../*", "till"]) {
      expect(patterns.covers(text)).toBe(false);
    }
  });

  it("are no regular expressions, and nothing else either", () => {
    for (const text of [
      "t.*",
      "[ab]*",
      "a**",
      "*a*",
      "*",
      "A*",
      "-a*",
      `${"a".repeat(64)}*`,
      "a*\n",
      "a*%",
    ]) {
      expect(refusal(() => checkPattern(text))).toMatchObject({
        code: "bad-request",
        facts: { subject: "plugins", expected: expect.stringContaining("t42-*"), remedy: expect.any(String) },
      });
      // One that is in the store all the same gives nothing.
      const patterns = new PluginPatterns([text]);
      expect(["t", "ta", "a", "ab", "A", text].filter((plugin) => patterns.has(plugin))).toEqual([]);
    }
    for (const text of ["a*", "*a", "a*b", "0*", `${"a".repeat(63)}*`]) checkPattern(text);
  });
});
