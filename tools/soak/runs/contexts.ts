/** Asynchronous calls of several plugins that interleave: each finds its own context, also when it goes on after its call's end. */
import { setTimeout } from "node:timers/promises";
import { type CapabilityContext, createHost, HotcellError, type SettingsInput } from "../../../host/index.ts";
import { shopGuest, shopWit } from "../../../test/guests/shop-guest.ts";

export interface ContextsReport {
  readonly calls: number;
  /** Calls that were given up while the function went on. */
  readonly givenUp: number;
  /** Contexts that were another call's, and answers that were. */
  readonly wrong: readonly string[];
}

const ways: readonly SettingsInput[] = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ placement, mode })),
);
/** Every so manieth call is given up at a deadline that its function is sure to miss. */
const givesUp = 50;

/** `plugins` of each way, each called by `callers` at a time. */
export async function soakContexts(count: number, plugins = 2, callers = 8): Promise<ContextsReport> {
  const wrong: string[] = [];
  let givenUp = 0;
  const check = ({ plugin, caller }: CapabilityContext, item: string) => {
    if (`${plugin} ${caller}` !== item) wrong.push(`${item} found ${plugin} ${caller}`);
  };
  const functions = (context: CapabilityContext) => ({
    async price(item: string) {
      check(context, item);
      const number = Number(item.split(" ")[1]);
      for (let turns = number % 4; turns >= 0; turns--) await new Promise(setImmediate);
      if (number % givesUp === 0) await setTimeout(100);
      check(context, item);
      return number;
    },
  });
  const capabilities = { "acme:shop/db": { grant: "shop-db", wit: shopWit, concurrency: 10_000, functions } };
  await using host = await createHost({ capabilities, ceilings: { fuelPerSecond: 1e12 }, log: () => {} });
  const { registry } = host;
  const names: string[] = [];
  for (const [i, way] of ways.entries()) {
    for (let each = 0; each < plugins; each++) {
      const name = `plugin-${i}-${each}`;
      const settings = { ...way, grants: { "shop-db": true }, limits: { fuelPerSecond: 1e12 } };
      await registry.deploy(name, shopGuest(), { settings });
      names.push(name);
    }
  }
  let next = 0;
  const call = async (name: string, number: number) => {
    const caller = String(number);
    const deadline = number % givesUp === 0 ? { deadline: performance.now() + 50 } : {};
    try {
      const answer = await registry.callJson(name, "price", [`${name} ${caller}`], { caller, ...deadline });
      if (answer !== number) wrong.push(`${name} ${caller} was answered ${answer}`);
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code !== "timeout")
        wrong.push(`${name} ${caller}: ${error}`);
      givenUp++;
    }
  };
  const run = async (name: string) => {
    while (next < count) await call(name, next++);
  };
  await Promise.all(names.flatMap((name) => Array.from({ length: callers }, () => run(name))));
  return { calls: count, givenUp, wrong };
}
