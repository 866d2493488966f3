/** Every attack gets its typed outcome, and the host serves others on. How long each holds them up: `npm run soak -- hostile`. */
import { beforeAll, describe, expect, it } from "vitest";
import { memoryInUse } from "../../tools/soak/support/collect.ts";
import { attacked, ceilings, target } from "./carry-out.ts";
import { corpus } from "./corpus.ts";
import { littleFuel } from "./run.ts";

const { host, carryOut } = await attacked();
let before: { readonly used: number };
beforeAll(async () => {
  before = await memoryInUse();
});

describe.each(Object.entries(corpus))("%s", (_, attacks) => {
  it.each(attacks)("$name", (one) =>
    carryOut(one, { placement: "inline", limits: { fuel: littleFuel, ...ceilings } }),
  );
});

it("keeps nothing of all this", async () => {
  const { counters } = host.registry.details(target);
  expect(counters.inFlight).toBe(0);
  const after = await memoryInUse();
  expect(after.used - before.used).toBeLessThan(48);
});
