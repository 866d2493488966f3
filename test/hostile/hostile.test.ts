/** Every attack gets its typed outcome, and the host serves others on. How long each holds them up: `npm run soak -- hostile`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestHost } from "../http/support.ts";
import { memoryInUse } from "../soak/collect.ts";
import type { Attack } from "./attack.ts";
import { corpus } from "./corpus.ts";
import {
  ask,
  attack,
  bystander,
  type Ground,
  greeting,
  littleFuel,
  objection,
  prepare,
  restore,
  ways,
} from "./run.ts";

/** How much may be spent in a second has attacks of its own. */
const ceilings = { fuelPerSecond: 1e12 };
const target = "target";
const host = await startTestHost({ ceilings });
let before: { readonly used: number };
beforeAll(async () => {
  await prepare(host);
  await restore(host, target);
  before = await memoryInUse();
});
afterAll(() => host.close());

async function carryOut(one: Attack, ground: Ground) {
  for (const way of ways) {
    const done = await attack(host, target, one, way, ground, async (step) => {
      expect(objection(step)).toBeUndefined();
      expect(await ask(host, bystander)).toBe(greeting);
    });
    if (!done) continue;
    // What was live before a refused upload still is.
    if (!one.refused) await restore(host, target);
    expect(await ask(host, target)).toBe(greeting);
    expect(host.faults.splice(0)).toEqual([]);
  }
}

describe.each(Object.entries(corpus))("%s", (_, attacks) => {
  it.each(attacks)("$name", (one) =>
    carryOut(one, { placement: "inline", limits: { fuel: littleFuel, ...ceilings } }),
  );
});

it("keeps nothing of all this", async () => {
  const { counters } = host.registry.details("target");
  expect(counters.inFlight).toBe(0);
  const after = await memoryInUse();
  expect(after.used - before.used).toBeLessThan(48);
});

/** In a process: starting one takes long, so of every kind some, and those whose code runs there at all. */
const everyNth = 9;
describe.each(Object.entries(corpus))("in a process: %s", (_, attacks) => {
  const some = attacks.filter(({ refused }) => !refused).filter((_, i) => i % everyNth === 0);
  it.each(some)("$name", (one) => carryOut(one, { placement: "process", limits: { fuel: littleFuel } }));
});
