import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { harden } from "../../host/harden/harden.ts";
import { assemble } from "../support/hardened.ts";
import { samples } from "./control.ts";

const originals = samples.map(({ text }) => assemble(text));

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const mutation = fc.oneof(
  fc.record({ at: place, byte: fc.nat(255) }),
  fc.record({ at: place, add: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ at: place, bit: fc.nat(7) }),
  fc.record({ at: place, from: place }),
  fc.record({ at: place, remove: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ at: place, insert: fc.nat(255) }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutate(original: Uint8Array, mutations: readonly Mutation[]): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(original);
  for (const m of mutations) {
    const at = Math.floor(m.at * bytes.length);
    if ("byte" in m) bytes[at] = m.byte;
    else if ("add" in m) bytes[at]! += m.add;
    else if ("bit" in m) bytes[at] = bytes[at]! ^ (1 << m.bit);
    else if ("from" in m) bytes[at] = original[Math.floor(m.from * original.length)]!;
    else if ("remove" in m)
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + m.remove)]);
    else bytes = Uint8Array.from([...bytes.subarray(0, at), m.insert, ...bytes.subarray(at)]);
  }
  return bytes;
}

describe("a damaged module", () => {
  it("is refused, or as valid hardened as it was before", () => {
    let valid = 0;
    fc.assert(
      fc.property(
        fc.nat(originals.length - 1),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (which, mutations) => {
          const bytes = mutate(originals[which]!, mutations);
          let hardened: Uint8Array<ArrayBuffer>;
          try {
            hardened = harden(bytes).bytes;
          } catch (error) {
            expect(error).toBeInstanceOf(HotcellError);
            return;
          }
          const before = WebAssembly.validate(bytes);
          expect(WebAssembly.validate(hardened)).toBe(before);
          if (before) valid++;
        },
      ),
      { numRuns: 20_000 },
    );
    expect(valid).toBeGreaterThan(1000);
  });
});
