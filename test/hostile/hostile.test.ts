/** Every attack gets its typed outcome, and the host serves others on. How long each holds them up: `npm run soak -- hostile`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestHost } from "../http/support.ts";
import { memoryInUse } from "../soak/collect.ts";
import { corpus } from "./corpus.ts";
import {
  askBystander,
  askTarget,
  attack,
  ceilings,
  greeting,
  littleFuel,
  objection,
  prepare,
  restore,
} from "./run.ts";

const host = await startTestHost({ ceilings });
let before: { readonly used: number };
beforeAll(async () => {
  await prepare(host);
  before = await memoryInUse();
});
afterAll(() => host.close());

describe.each(Object.entries(corpus))("%s", (_, attacks) => {
  it.each(attacks)("$name", async (one) => {
    await attack(host, one, littleFuel, async (step) => {
      expect(objection(step)).toBeUndefined();
      expect(await askBystander(host)).toBe(greeting);
    });
    // What was live before a refused upload still is.
    if (!one.refused) await restore(host);
    expect(await askTarget(host)).toBe(greeting);
    expect(host.faults.splice(0)).toEqual([]);
  });
});

it("keeps nothing of all this", async () => {
  const { counters } = host.registry.details("target");
  expect(counters.inFlight).toBe(0);
  const after = await memoryInUse();
  expect(after.used - before.used).toBeLessThan(48);
});
