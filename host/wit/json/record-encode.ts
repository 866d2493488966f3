/**
 * Encoding of the fields of records to JSON, written out up to the eighth. The function here is run several times, because V8 keeps
 * what it learns with each place in the code: see `values/code-copies.ts`.
 */
import type { ownShape } from "../values/own-shape.ts";

type Convert = (value: unknown) => unknown;
type Fields = Record<string, unknown>;

/** Refers to nothing that is not its own but types. */
export function recordEncoding(makeShape: typeof ownShape) {
  const written = 8;

  /** A new object of what the encoders make of the fields. */
  return function encodeRecord(
    keys: readonly string[],
    encoders: readonly Convert[],
  ): (value: unknown) => Fields {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys as [string, ...string[]];
    const [e0, e1, e2, e3, e4, e5, e6, e7] = encoders as [Convert, ...Convert[]];
    const count = keys.length;
    const Shape = makeShape();
    return (value) => {
      const from = value as Fields;
      const json = new Shape();
      json[k0] = e0(from[k0]);
      if (count === 1) return json;
      json[k1!] = e1!(from[k1!]);
      if (count === 2) return json;
      json[k2!] = e2!(from[k2!]);
      if (count === 3) return json;
      json[k3!] = e3!(from[k3!]);
      if (count === 4) return json;
      json[k4!] = e4!(from[k4!]);
      if (count === 5) return json;
      json[k5!] = e5!(from[k5!]);
      if (count === 6) return json;
      json[k6!] = e6!(from[k6!]);
      if (count === 7) return json;
      json[k7!] = e7!(from[k7!]);
      for (let i = written; i < count; i++) json[keys[i]!] = encoders[i]!(from[keys[i]!]);
      return json;
    };
  };
}
