/** What a function of an embedder's costs a guest: offered as a capability, against given to `open`; beside a process. */

import { importsGiven } from "../host/capabilities/given.ts";
import { parseGrants } from "../host/capabilities/grants.ts";
import { linkImports } from "../host/capabilities/link.ts";
import { tableWith } from "../host/capabilities/own/own-table.ts";
import type { LinkedImports } from "../host/capabilities/supply.ts";
import { inspectComponent } from "../host/component/inspect.ts";
import { createDirectEngine } from "../host/engine/direct/direct-engine.ts";
import { createHost } from "../host/host.ts";
import { placeInline } from "../host/placement/inline/inline.ts";
import { defaultLimits } from "../host/registry/plugin-limits.ts";
import { Usages } from "../host/registry/traffic/usages.ts";
import { exportedFunctions } from "../host/wit/exports.ts";
import { shopGuest, shopWit } from "../test/guests/shop-guest.ts";
import { measure, measureSlow } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const shop = inspectComponent(shopGuest());
const { key, type } = exportedFunctions(shop.world).find(({ name }) => name === "price")!;
const compiled = await createDirectEngine().compile(shop);
const price = (item: string) => item.length;
const own = { "acme:shop/db": { grant: "shop-db", wit: shopWit, functions: () => ({ price }) } };

async function bind(linked: LinkedImports, embedded: boolean) {
  const usages = new Usages();
  const placement = await placeInline({
    compiled,
    supply: linked.supply(),
    recipient: {
      plugin: "shop",
      log: () => {},
      reach: { figure: (capability, name) => usages.figure(capability, name), audit() {} },
    },
    mode: "shared",
    limits: defaultLimits,
    counted: false,
    embedded,
  });
  return placement.bind(key, type);
}

export async function run(): Promise<Table[]> {
  const capability = await bind(
    linkImports(
      shop.world,
      parseGrants(
        { "shop-db": true },
        tableWith(own, () => {}),
      ),
    ),
    false,
  );
  const open = await bind(
    linkImports(shop.world, parseGrants({}), importsGiven({ "acme:shop/db": { price } })),
    true,
  );
  const args = ["tea"];
  const contenders = [
    { name: "capability", run: () => capability(args) },
    { name: "open", run: () => open(args) },
  ];
  // Both are called in earnest before either is timed, and in short turns then: the difference is small.
  measure(contenders);
  const sync = measure(contenders, { rounds: 401, millis: 2 });

  await using host = await createHost({ capabilities: own, log: () => {} });
  const calls: Record<string, (args: unknown[]) => Promise<unknown>> = {};
  for (const placement of ["inline", "process"] as const) {
    const settings = { grants: { "shop-db": true }, placement };
    await host.registry.deploy(placement, shopGuest(), { settings });
    const callable = await host.registry.callable(placement, "price");
    calls[placement] = (args) => callable.call(args);
  }
  const placed = await measureSlow(
    Object.entries(calls).map(([name, call]) => ({
      name,
      run: async () => {
        for (let i = 0; i < 100; i++) await call(args);
      },
    })),
    40,
  );
  const each = new Map([...placed].map(([name, time]) => [name, time / 100]));
  const row = (nanoseconds: Map<string, number>) => [{ name: "price: string → u32", nanoseconds }];
  return [
    { title: "A call whose guest calls a function of an embedder's", subject: "capability", rows: row(sync) },
    { title: "The same through a host, by placement", subject: "inline", rows: row(each) },
  ];
}
