/** Attacks in a process: starting one takes long, so of every kind some, and those whose code runs there at all. */
import { describe, it } from "vitest";
import { attacked } from "./carry-out.ts";
import { corpus } from "./corpus.ts";
import { littleFuel } from "./run.ts";

const { carryOut } = await attacked();
const everyNth = 9;

describe.each(Object.entries(corpus))("%s", (_, attacks) => {
  const some = attacks.filter(({ refused }) => !refused).filter((_, i) => i % everyNth === 0);
  it.each(some)("$name", (one) => carryOut(one, { placement: "process", limits: { fuel: littleFuel } }));
});
