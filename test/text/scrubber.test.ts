import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginning, cutText } from "../../host/text/cut.ts";
import { Scrubber } from "../../host/text/scrubber.ts";

describe("scrubbing", () => {
  it("strikes out the longest there is, and all that overlaps", () => {
    const scrubber = new Scrubber(["abcd", "abcdef", "efgh", "no"]);
    expect(scrubber.scrub("abcdef abcd no x $& abcabcd")).toBe("[secret] [secret] no x $& abc[secret]");
    expect(scrubber.scrub("abcdefgh abcdefg")).toBe("[secret] [secret]g");
    expect(new Scrubber([]).scrub("plain")).toBe("plain");
    expect(new Scrubber(["", "ab"]).scrub("ab")).toBe("ab");
  });

  it("strikes out a secret's lines, and a secret as JSON escapes it", () => {
    const scrubber = new Scrubber(["-----BEGIN-----\r\nMIIB\nx\n", 'pass"word\t!']);
    expect(scrubber.scrub("got MIIB in the middle")).toBe("got [secret] in the middle");
    expect(scrubber.scrub(JSON.stringify({ key: 'pass"word\t!' }))).toBe('{"key":"[secret]"}');
    expect(scrubber.scrub(JSON.stringify("-----BEGIN-----\r\nMIIB\nx\n"))).toBe('"[secret]"');
  });

  it("strikes out a secret without the space around it", () => {
    const scrubber = new Scrubber([" \tpass word\r", "one 12\rtwo 34\n"]);
    for (const text of ["pass word", " \tpass word\r", "one 12", "two 34"])
      expect(scrubber.scrub(`<${text}>`)).toBe("<[secret]>");
    expect(scrubber.scrub("<\tpass word>")).toBe("<\t[secret]>");
  });

  it("changes nothing when it is done twice, whatever the secrets", () => {
    for (const secrets of [["secret"], ["[sec", "ecret"], ["[secret]"]]) {
      const scrubber = new Scrubber(secrets);
      const once = scrubber.scrub(`a ${secrets.join(" and ")} of yours`);
      expect(once).toBe(`a ${secrets.map(() => "[secret]").join(" and ")} of yours`);
      expect(scrubber.scrub(once)).toBe(once);
    }
  });

  it("leaves none in, and nothing else out", () => {
    const letters = fc.constantFrom("a", "b");
    const word = fc.string({ unit: letters, minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 5 }),
        fc.string({ unit: letters, maxLength: 60 }),
        (words, text) => {
          const covered = Array.from({ length: text.length }, (_, i) =>
            words.some((each) => {
              for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + 1))
                if (at <= i && i < at + each.length) return true;
              return false;
            }),
          );
          const left = [...text].filter((_, i) => !covered[i]).join("");
          const scrubbed = new Scrubber(words).scrub(text);
          expect(scrubbed.replaceAll("[secret]", "")).toBe(left);
          for (const each of words) expect(scrubbed).not.toContain(each);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("an excerpt", () => {
  const secret = "correct horse battery staple";
  const scrubber = new Scrubber([secret]);

  it("never has a part of a secret, wherever it is cut", () => {
    for (let before = 0; before < 60; before++) {
      const text = "-".repeat(before) + secret + "+".repeat(50);
      for (let most = 1; most < 120; most++) {
        const shown = scrubber.excerpt(text, most);
        expect(shown).toMatch(/^-*(\[secret\]\+*)?…?$/);
        expect(shown.length).toBeLessThanOrEqual(most + 1);
      }
    }
  });

  it("nor where the text itself was cut", () => {
    for (let length = 0; length < secret.length; length++) {
      const text = `${secret} and ${secret.slice(0, length)}`;
      expect(scrubber.excerpt(text, 100, true)).toBe("[secret] and …");
      expect(scrubber.excerpt(text, 100)).toBe(`[secret] and ${secret.slice(0, length)}`);
    }
    const overlapping = new Scrubber(["abcdef", "defghi"]);
    expect(overlapping.excerpt("x abcdefgh", 100, true)).toBe("x [secret]…");
  });

  it("leaves whole characters", () => {
    expect(beginning("ab💡cd", 3)).toBe("ab");
    expect(cutText("ab💡cd", 3)).toBe("ab…");
    expect(cutText("ab💡cd", 4)).toBe("ab💡…");
    expect(scrubber.excerpt("ab💡cd", 3)).toBe("ab…");
    expect(new Scrubber([]).excerpt("💡💡", 1, true)).toBe("…");
  });

  it("leaves whole marks", () => {
    expect(cutText("a [secret] b", 9)).toBe("a …");
    expect(cutText("a [secret] b", 10)).toBe("a [secret]…");
    expect(cutText("a [secret]", 10)).toBe("a [secret]");
  });
});
