import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { StringEncoding } from "../../../host/component/component-type.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { Engine } from "../../../host/engine/engine.ts";
import { createJcoEngine } from "../../../host/engine/jco/jco-engine.ts";
import { type HotcellError, TrapError } from "../../../host/errors.ts";
import { coreSignature, sizeOf } from "../../../host/wit/layout.ts";
import type { ValueType } from "../../../host/wit/model.ts";
import { allocator, lift, main } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";
import { TypeNames, withFewFlags } from "../../guests/round-trip.ts";
import { anyValueType } from "../../support/arbitrary-values.ts";

/** A component whose function returns a pointer to these bytes, whatever they are worth as its result type. */
function returning(type: ValueType, encoding: StringEncoding, bytes: readonly number[]) {
  const names = new TypeNames();
  const name = names.of(type);
  const data = bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  return component(`
    ${names.definitions.join("\n")}
    ${allocator}
    ${main(`(data (i32.const 256) "${data}") (func (export "f") (result i32) (i32.const 256))`)}
    (func (export "f") (result ${name}) ${lift("f", encoding)})`);
}

async function outcome(engine: Engine, guest: ReturnType<typeof component>) {
  const cell = (await engine.compile(guest)).instantiate({});
  try {
    return { value: cell.function("f")() };
  } catch (thrown) {
    if (!(thrown instanceof TrapError)) throw thrown;
    return { trap: thrown.message };
  }
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

const direct = createDirectEngine();
const jco = createJcoEngine();
afterAll(() => jco.close());

/** Small numbers are likelier to be pointers, lengths and cases that are valid. */
const byte = fc.oneof(fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4, 8, 16), fc.integer({ min: 0, max: 255 }));
const type = anyValueType({ depth: 2 })
  .map(withFewFlags)
  .filter((t) => coreSignature({ parameters: [], result: t }, "lift").indirectResult && sizeOf(t) <= 256);

test("garbage that a guest returns is lifted as jco does it, or traps as there", async () => {
  await fc.assert(
    fc.asyncProperty(
      type,
      fc.constantFrom("utf8", "utf16"),
      fc.array(byte, { minLength: 256, maxLength: 256 }),
      async (result, encoding, bytes) => {
        const guest = returning(result, encoding as StringEncoding, bytes);
        const ours = await outcome(direct, guest);
        const theirs = await outcome(jco, guest).catch((error: HotcellError) => {
          fc.pre(error.code !== "unsupported-feature");
          throw error;
        });
        if (ours.trap === undefined && theirs.trap !== undefined) {
          // By the specification any other number than 0 is true, and unknown flags are ignored.
          expect(theirs.trap).toMatch(/for bool|extraneous bits/);
        } else if (ours.trap !== undefined && theirs.trap === undefined) {
          // jco puts U+FFFD where text is no Unicode, and does not look whether a list lies inside the memory.
          if (/invalid utf-(8|16)/.test(ours.trap))
            expect(JSON.stringify(theirs.value, plain)).toContain("\ufffd");
          else expect(ours.trap).toMatch(/a list (that lies outside its memory|of \d+ bytes is longer)/);
        } else {
          expect(ours.value).toEqual(theirs.value);
        }
      },
    ),
    { numRuns: 150 },
  );
});
