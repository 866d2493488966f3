/** States of plugins as every driver has to keep them for hosts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SharedStates } from "../../host/store/shared-states.ts";

const state = (text: string) => ({ version: `sha256:${text}`, bytes: new TextEncoder().encode(text) });

export function describeStates(
  driver: string,
  open: () => Promise<{ readonly states: SharedStates; close(): Promise<void> }>,
): void {
  describe(`states of plugins ${driver}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let states: SharedStates;
    beforeEach(async () => {
      opened = await open();
      states = opened.states;
    });
    afterEach(() => opened.close());

    it("are the last that was kept, of each plugin by itself, whatever its name and size", async () => {
      expect(await states.take("p", 1)).toBeUndefined();
      expect(await states.put("p", 1, state("one"))).toBe(true);
      const large = { version: "sha256:large", bytes: new Uint8Array(3_000_000).fill(7) };
      expect(await states.put("t42-ä.b", 9, large)).toBe(true);
      expect(await states.put("p", 1, state("two"))).toBe(true);
      expect(await states.take("p", 2)).toEqual(state("two"));
      const kept = await states.take("t42-ä.b", 10);
      expect(kept?.version).toBe(large.version);
      expect(Buffer.compare(kept!.bytes, large.bytes)).toBe(0);
      expect(await states.put("p", 2, undefined)).toBe(true);
      expect(await states.take("p", 3)).toBeUndefined();
      expect(await states.put("p", 3, { version: "sha256:empty", bytes: new Uint8Array() })).toBe(true);
      expect((await states.take("p", 4))?.bytes).toHaveLength(0);
    });

    it("of one who had the cell before are refused once another has taken it, however late they come", async () => {
      expect(await states.put("p", 1, state("one"))).toBe(true);
      expect(await states.take("p", 2)).toEqual(state("one"));
      expect(await states.put("p", 1, state("late"))).toBe(false);
      expect(await states.put("p", 1, undefined)).toBe(false);
      await expect(states.take("p", 1)).rejects.toMatchObject({ code: "process-died" });
      expect(await states.take("p", 3)).toEqual(state("one"));
      expect(await states.put("p", 3, state("three"))).toBe(true);
      const late = await Promise.all([1, 2, 3].map((token) => states.put("p", token, state(`${token}`))));
      expect(late).toEqual([false, false, true]);
      expect(await states.take("p", 4)).toEqual(state("3"));
    });

    it("are forgotten with their plugin, and nothing comes after that but from a later holder", async () => {
      await states.forget("never");
      expect(await states.put("p", 1, state("one"))).toBe(true);
      await states.forget("p");
      expect(await states.put("p", 1, state("late"))).toBe(false);
      expect(await states.take("p", 2)).toBeUndefined();
      expect(await states.put("p", 2, state("two"))).toBe(true);
      expect(await states.take("p", 2)).toEqual(state("two"));
    });
  });
}
