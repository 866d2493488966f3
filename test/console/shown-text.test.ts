/** Texts as the console shows them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prettyJson, shownJson, shownText } from "../../host/console/page/strings/shown-text.ts";

describe("text of others", () => {
  it("has what acts on it, or hides, shown as what it is", () => {
    expect(shownText("a\u202eb\u001b[31m\u200b\u00ad\ufeff\ud800\u2066\r\n\tc")).toBe(
      "a\\u{202e}b\\u{1b}[31m\\u{200b}\\u{ad}\\u{feff}\\u{d800}\\u{2066}\\u{d}\n\tc",
    );
  });

  it("keeps what languages and emoji are written with", () => {
    for (const text of ["Tiếng Việt", "क्षत्रिय", "שָׁלוֹם", "👩‍👩‍👧", "❤️", "བསྒྲུབས", "می‌خواهم"])
      for (const form of ["NFC", "NFD"]) expect(shownText(text.normalize(form))).toBe(text.normalize(form));
  });

  it("piles no more marks on a letter than any script does", () => {
    expect(shownText(`e${"\u0301".repeat(8)}`)).toBe(`e${"\u0301".repeat(6)}\\u{301}\\u{301}`);
  });
});

describe("JSON of others", () => {
  it("is shown member by member, with all its digits, names and what it escapes", () => {
    const json = '{"n":12345678901234567890,"n":1.0,"\\u202e":[],"o":{},"a":[{"b":"x\\"]}\u202e"},null]}';
    expect(prettyJson(json)).toBe(
      [
        ...["{", '  "n": 12345678901234567890,', '  "n": 1.0,', '  "\\u202e": [],', '  "o": {},', '  "a": ['],
        ...["    {", '      "b": "x\\"]}\\u202e"', "    },", "    null", "  ]", "}"],
      ].join("\n"),
    );
    expect(prettyJson('{"a":')).toBe(undefined);
  });

  it("reads back the same, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        expect(prettyJson(json)).toBe(shownJson(JSON.parse(json), 2));
        expect(JSON.parse(shownJson(value))).toEqual(JSON.parse(json));
      }),
      { numRuns: 200 },
    );
  });
});
