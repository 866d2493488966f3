/**
 * Decoding of the fields of records from JSON, written out up to the eighth. The function here is run several times, because V8 keeps
 * what it learns with each place in the code: see `values/code-copies.ts`.
 */
import type { ValueRoom } from "../values/argument-room.ts";
import type { ownShape } from "../values/own-shape.ts";

type Decode = (json: unknown, room?: ValueRoom) => unknown;
type Fields = Record<string, unknown>;
/** Is told which field it was when something throws. */
type Fail = (index: number, thrown: unknown) => never;

/** Refers to nothing that is not its own but types. */
export function recordDecoding(makeShape: typeof ownShape) {
  const written = 8;
  const { hasOwn, keys: ownKeys } = Object;
  const everyObject = Object.prototype;

  /**
   * A new object of what the decoders make of an object from JSON, where its members are named like the fields and there
   * are no others. `takeApart` gives the values of any object, or throws what is wrong with its members.
   */
  return function decodeRecord(
    keys: readonly string[],
    decoders: readonly Decode[],
    takeApart: (json: object) => readonly unknown[],
    fail: Fail,
  ): (json: object, room?: ValueRoom) => Fields {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys as [string, ...string[]];
    const [d0, d1, d2, d3, d4, d5, d6, d7] = decoders as [Decode, ...Decode[]];
    const count = keys.length;
    const Shape = makeShape();
    const decode = (json: object, room?: ValueRoom): Fields => {
      const values = takeApart(json);
      const record = new Shape();
      let i = 0;
      try {
        for (; i < count; i++) record[keys[i]!] = decoders[i]!(values[i], room);
      } catch (thrown) {
        fail(i, thrown);
      }
      return record;
    };
    if (count > written) return decode;
    return (json, room) => {
      const from = json as Fields;
      const v0 = k0 in everyObject && !hasOwn(from, k0) ? undefined : from[k0];
      const v1 = count < 2 || (k1! in everyObject && !hasOwn(from, k1!)) ? undefined : from[k1!];
      const v2 = count < 3 || (k2! in everyObject && !hasOwn(from, k2!)) ? undefined : from[k2!];
      const v3 = count < 4 || (k3! in everyObject && !hasOwn(from, k3!)) ? undefined : from[k3!];
      const v4 = count < 5 || (k4! in everyObject && !hasOwn(from, k4!)) ? undefined : from[k4!];
      const v5 = count < 6 || (k5! in everyObject && !hasOwn(from, k5!)) ? undefined : from[k5!];
      const v6 = count < 7 || (k6! in everyObject && !hasOwn(from, k6!)) ? undefined : from[k6!];
      const v7 = count < 8 || (k7! in everyObject && !hasOwn(from, k7!)) ? undefined : from[k7!];
      let found = v0 === undefined ? 0 : 1;
      if (v1 !== undefined) found++;
      if (v2 !== undefined) found++;
      if (v3 !== undefined) found++;
      if (v4 !== undefined) found++;
      if (v5 !== undefined) found++;
      if (v6 !== undefined) found++;
      if (v7 !== undefined) found++;
      if (ownKeys(from).length !== found) return decode(json, room);
      const record = new Shape();
      let i = 0;
      try {
        record[k0] = d0(v0, room);
        if (count === 1) return record;
        i = 1;
        record[k1!] = d1!(v1, room);
        if (count === 2) return record;
        i = 2;
        record[k2!] = d2!(v2, room);
        if (count === 3) return record;
        i = 3;
        record[k3!] = d3!(v3, room);
        if (count === 4) return record;
        i = 4;
        record[k4!] = d4!(v4, room);
        if (count === 5) return record;
        i = 5;
        record[k5!] = d5!(v5, room);
        if (count === 6) return record;
        i = 6;
        record[k6!] = d6!(v6, room);
        if (count === 7) return record;
        i = 7;
        record[k7!] = d7!(v7, room);
      } catch (thrown) {
        fail(i, thrown);
      }
      return record;
    };
  };
}
