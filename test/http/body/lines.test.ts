/** Bodies in lines, however they are cut on their way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HotcellError } from "../../../host/errors.ts";
import { LineSplitter } from "../../../host/http/body/lines.ts";

const limit = 12;
const tooLong = new HotcellError("too-large", "long");
const splitter = () =>
  new LineSplitter((size) => {
    if (size > limit) throw tooLong;
  });

function linesOf(pieces: readonly Uint8Array[]): (string | HotcellError)[] {
  const split = splitter();
  const lines = pieces.flatMap((piece) => [...split.push(piece)].map(plain));
  const last = split.last();
  return last === undefined ? lines : [...lines, plain(last)];
}
const plain = (line: Uint8Array | HotcellError) =>
  line instanceof HotcellError ? line : Buffer.from(line).toString();

describe("lines of a body", () => {
  it("are the same wherever it is cut, and none is longer than it may be", () => {
    const text = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom("a", "b", "é") }, fc.constant("\n")),
      {
        maxLength: 60,
      },
    );
    const cuts = fc.array(fc.nat(80), { maxLength: 20 });
    fc.assert(
      fc.property(text, cuts, (characters, at) => {
        const body = Buffer.from(characters.join(""));
        const ends = [...new Set(at.filter((cut) => cut < body.length)), body.length].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => body.subarray(ends[i - 1] ?? 0, end));
        const expected = body.toString().split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(linesOf(pieces)).toEqual(
          expected.map((line) => (Buffer.byteLength(line) > limit ? tooLong : line)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("are not kept beyond what they may be", () => {
    const split = splitter();
    for (let i = 0; i < 10_000; i++) {
      expect([...split.push(Buffer.from("abcdef"))]).toEqual([]);
      expect(split.size).toBeLessThanOrEqual(limit);
    }
    expect([...split.push(Buffer.from("\nb\n"))].map(plain)).toEqual([tooLong, "b"]);
  });
});
