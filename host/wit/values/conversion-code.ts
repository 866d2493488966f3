/**
 * Goes through the fields of records: checks, decodes and encodes them. They are written out up to the eighth, and the
 * function here is run several times, because V8 keeps what it learns with each place in the code: see `code-copies.ts`.
 */
import type { ValueRoom } from "./argument-room.ts";
import type { ownShape } from "./own-shape.ts";

/** Gives the normalised value, or throws. */
export type Checker = (value: unknown) => unknown;
type Convert = (value: unknown) => unknown;
type Decode = (json: unknown, room?: ValueRoom) => unknown;
type Fields = Record<string, unknown>;
/** Is told which field it was when something throws. */
type Fail = (index: number, thrown: unknown) => never;

/** Refers to nothing that is not its own but types. */
export function recordConverters(makeShape: typeof ownShape) {
  const written = 8;
  const { hasOwn, keys: ownKeys } = Object;
  const everyObject = Object.prototype;

  /**
   * A new object of what the checkers make of the fields that the caller gave: own, or inherited from a class of theirs,
   * but never from Object.prototype, where `constructor` is a function and anything may have been planted. Where there may
   * be fields besides, `refuseOthers` is asked to throw for them, before anything else is thrown.
   */
  function checkRecord(
    keys: readonly string[],
    checkers: readonly Checker[],
    refuseOthers: (given: object) => void,
    fail: Fail,
  ): (given: object) => Fields {
    const [k0, k1, k2, k3, k4, k5, k6, k7] = keys as [string, ...string[]];
    const [c0, c1, c2, c3, c4, c5, c6, c7] = checkers as [Checker, ...Checker[]];
    const count = keys.length;
    const Shape = makeShape();

    const checkFields = (from: Fields, record: Fields): void => {
      let i = 0;
      try {
        record[k0] = c0(k0 in everyObject && !hasOwn(from, k0) ? undefined : from[k0]);
        if (count === 1) return;
        i = 1;
        record[k1!] = c1!(k1! in everyObject && !hasOwn(from, k1!) ? undefined : from[k1!]);
        if (count === 2) return;
        i = 2;
        record[k2!] = c2!(k2! in everyObject && !hasOwn(from, k2!) ? undefined : from[k2!]);
        if (count === 3) return;
        i = 3;
        record[k3!] = c3!(k3! in everyObject && !hasOwn(from, k3!) ? undefined : from[k3!]);
        if (count === 4) return;
        i = 4;
        record[k4!] = c4!(k4! in everyObject && !hasOwn(from, k4!) ? undefined : from[k4!]);
        if (count === 5) return;
        i = 5;
        record[k5!] = c5!(k5! in everyObject && !hasOwn(from, k5!) ? undefined : from[k5!]);
        if (count === 6) return;
        i = 6;
        record[k6!] = c6!(k6! in everyObject && !hasOwn(from, k6!) ? undefined : from[k6!]);
        if (count === 7) return;
        i = 7;
        record[k7!] = c7!(k7! in everyObject && !hasOwn(from, k7!) ? undefined : from[k7!]);
        if (count === 8) return;
        for (i = written; i < count; i++) {
          const key = keys[i]!;
          record[key] = checkers[i]!(key in everyObject && !hasOwn(from, key) ? undefined : from[key]);
        }
      } catch (thrown) {
        refuseOthers(from);
        fail(i, thrown);
      }
    };
    return (given) => {
      const record = new Shape();
      checkFields(given as Fields, record);
      // Most often they are there in the order of the type: what is not takes longer to look at.
      let i = 0;
      for (const key in given) {
        if (key === keys[i++]) continue;
        refuseOthers(given);
        break;
      }
      return record;
    };
  }

  /**
   * The same of what JSON has, where its members are named like the fields and there are no others. `takeApart` gives the
   * values of any object, or throws what is wrong with its members.
   */
  function decodeRecord(
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
  }

  /** A new object of what the encoders make of the fields. */
  function encodeRecord(keys: readonly string[], encoders: readonly Convert[]): (value: unknown) => Fields {
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
  }

  return { checkRecord, decodeRecord, encodeRecord };
}
