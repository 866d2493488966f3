/** Carries attacks out, one test each, against one host for all of a file. */
import { afterAll, beforeAll, expect } from "vitest";
import { startTestHost, type TestHost } from "../support/test-host.ts";
import type { Attack } from "./attack.ts";
import { embedder } from "./embedder.ts";
import { ask, attack, bystander, type Ground, greeting, objection, prepare, restore, ways } from "./run.ts";

/** How much may be spent in a second has attacks of its own. */
export const ceilings = { fuelPerSecond: 1e12 };
export const target = "target";

/** The host that is attacked, and what carries an attack out in all its ways. To be called once in a test file. */
export async function attacked(): Promise<{
  host: TestHost;
  carryOut: (one: Attack, ground: Ground) => Promise<void>;
}> {
  const host = await startTestHost({ ceilings, capabilities: embedder });
  beforeAll(async () => {
    await prepare(host);
    await restore(host, target, ceilings);
  });
  afterAll(() => host.close());
  return { host, carryOut: (one, ground) => carryOut(host, one, ground) };
}

async function carryOut(host: TestHost, one: Attack, ground: Ground): Promise<void> {
  for (const way of ways) {
    const done = await attack(host, target, one, way, ground, async (step) => {
      expect(objection(step)).toBeUndefined();
      expect(await ask(host, bystander)).toBe(greeting);
    });
    if (!done) continue;
    // What was live before a refused upload still is.
    if (!one.refused) await restore(host, target, ceilings);
    expect(await ask(host, target)).toBe(greeting);
    expect(host.faults.splice(0)).toEqual([]);
  }
}
