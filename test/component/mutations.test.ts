import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { HotcellError } from "../../host/errors.ts";
import { dummyModule, objection, wrap } from "../support/oracle.ts";

const original = wrap(
  dummyModule(`package demo:shop@1.2.0;
    interface types {
      record item { name: string, price: f64, tags: list<string> }
      enum currency { eur, usd }
      variant outcome { fine(item), broken(string), none }
      resource cart { constructor(owner: string); add: func(item: item) -> result<u32, string>; sum: func() -> f64; }
      merge: func(a: borrow<cart>, b: cart) -> cart;
    }
    interface shop { use types.{item, outcome, cart}; find: func(name: string) -> option<item>; buy: func(c: cart) -> outcome; }
    world plugin {
      import types;
      import log: interface { write: func(level: u8, text: string); }
      type pair = tuple<u32, list<u8, 4>>;
      import now: func() -> pair;
      export shop;
      export types;
      export run: func(input: list<pair>) -> result<_, string>;
    }`),
);

const mutation = fc.oneof(
  fc.record({ at: fc.nat(original.length - 1), byte: fc.nat(255) }),
  fc.record({ at: fc.nat(original.length - 1), bit: fc.nat(7) }),
  fc.record({ at: fc.nat(original.length - 1), from: fc.nat(original.length - 1) }),
  fc.record({ at: fc.nat(original.length - 1), remove: fc.integer({ min: 1, max: 8 }) }),
);

function mutate(
  mutations: readonly (typeof mutation extends fc.Arbitrary<infer M> ? M : never)[],
): Uint8Array {
  let bytes = original.slice();
  for (const m of mutations) {
    const at = Math.min(m.at, bytes.length - 1);
    if ("byte" in m) bytes[at] = m.byte;
    else if ("bit" in m) bytes[at] = bytes[at]! ^ (1 << m.bit);
    else if ("from" in m) bytes[at] = original[m.from]!;
    else bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + m.remove)]);
  }
  return bytes;
}

/**
 * Objections that are not about the component being valid: WIT has no words for it, or two names differ in hyphens
 * only, which the specification allows (Explainer.md, Name Uniqueness).
 */
const beyondValidity =
  /failed to decode WIT|failed to merge|was not a function or instance|conflicts with previous name/;

describe("a damaged component", () => {
  it("is inspected or refused, and never accepted where wasm-tools' validator refuses it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const bytes = mutate(mutations);
        let accepted = false;
        try {
          const { coreModules } = inspectComponent(bytes);
          // Code inside core modules is for the compiler to judge.
          accepted = coreModules.every((module) => WebAssembly.validate(new Uint8Array(module.bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(HotcellError);
        }
        if (!accepted) return;
        const said = await objection(bytes);
        if (typeof said === "string" && !beyondValidity.test(said)) expect.fail(said);
      }),
      { numRuns: 2_000 },
    );
  });
});
