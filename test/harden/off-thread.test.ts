import { describe, expect, it } from "vitest";
import { harden } from "../../host/harden/harden.ts";
import { hardenOffThread } from "../../host/harden/off-thread.ts";
import { assemble } from "../support/hardened.ts";

const functions = "(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))".repeat(40_000);
const large = assemble(`(module (memory 1) (global (mut i32) (i32.const 1)) ${functions})`);

describe("hardening in a thread of its own", () => {
  it("leaves the bytes it is given where they are, also in a Buffer", async () => {
    // What slice() gives of a Buffer shares its memory, and what is handed to a thread is gone from here.
    const file = Buffer.from(large);
    await hardenOffThread(file.subarray(0));
    expect(file.byteLength).toBe(large.byteLength);
    expect(file.equals(large)).toBe(true);
  });

  it("gives the same, and leaves what it was given alone", async () => {
    expect(large.length).toBeGreaterThan(256 * 1024);
    const before = large.slice();
    const [first, second] = await Promise.all([hardenOffThread(large), hardenOffThread(large)]);
    const expected = harden(large);
    expect(first.info).toEqual(expected.info);
    for (const { bytes } of [first, second]) expect(Buffer.compare(bytes, expected.bytes)).toBe(0);
    expect(Buffer.compare(large, before)).toBe(0);
  });

  it("refuses with the same error, and goes on after it", async () => {
    const refused = hardenOffThread(large, { limits: { functions: 10 } });
    const next = hardenOffThread(large);
    await expect(refused).rejects.toMatchObject({
      code: "component-limit",
      facts: { limit: 10, actual: 40_000 },
    });
    expect((await next).info.stats.functions).toBe(40_000);
  });

  it("does small ones at once", async () => {
    const { info } = await hardenOffThread(assemble("(module (func))"));
    expect(info.stats.functions).toBe(1);
  });
});
