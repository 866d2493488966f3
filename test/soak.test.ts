import { describe, expect, it } from "vitest";
import { soakLeak } from "./soak/leak.ts";
import { soakMemory } from "./soak/memory.ts";
import { soakMutations } from "./soak/mutations.ts";
import { answers, soakSwaps } from "./soak/swaps.ts";

/** Short versions; `npm run soak -- NAME` runs them in full. */
describe("soaks", () => {
  it("swaps under load without a failed call or a mixed answer", async () => {
    const { failed, strange, last, calls } = await soakSwaps(41);
    expect({ failed, strange, last }).toEqual({
      failed: [],
      strange: [],
      last: [JSON.stringify(answers[1])],
    });
    expect(calls).toBeGreaterThan(41 * 32);
  });

  it("answers every damaged component with a typed error, and serves on", async () => {
    const { wrong, afterwards, slowestMilliseconds } = await soakMutations(400);
    expect({ wrong, afterwards }).toEqual({ wrong: [], afterwards: '201 200 "Hello, Ada!"' });
    expect(slowestMilliseconds).toBeLessThan(5000);
  });

  it("keeps no memory of what it replaced", async () => {
    const { usedMiB } = await soakMemory(200);
    const [early, late] = [usedMiB[4]!, usedMiB[9]!];
    expect(late - early).toBeLessThan(2);
  });

  it("calls plugins with values of every type without their memory growing", async () => {
    const { grown, shapes } = await soakLeak(4000);
    expect(grown).toEqual([]);
    expect(shapes).toBeGreaterThan(60);
  });
});
