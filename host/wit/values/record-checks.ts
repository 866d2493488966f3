/**
 * Checks of the fields of records, written out up to the eighth. The function here is run several times, because V8 keeps
 * what it learns with each place in the code: see `code-copies.ts`.
 */
import type { ownShape } from "./own-shape.ts";

/** Gives the normalised value, or throws. */
export type Checker = (value: unknown) => unknown;
type Fields = Record<string, unknown>;
/** Is told which field it was when something throws. */
type Fail = (index: number, thrown: unknown) => never;

/** Refers to nothing that is not its own but types. */
export function recordChecks(makeShape: typeof ownShape) {
  const written = 8;
  const { hasOwn } = Object;
  const everyObject = Object.prototype;

  /**
   * A new object of what the checkers make of the fields that the caller gave: own, or inherited from a class of theirs,
   * but never from Object.prototype, where `constructor` is a function and anything may have been planted. Where there may
   * be fields besides, `refuseOthers` is asked to throw for them, before anything else is thrown.
   */
  return function checkRecord(
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
  };
}
