/** A shop whose merchants' plugins call functions of its own: `node shop.ts merchant.wasm shop.wit`. */
import { readFile } from "node:fs/promises";
import { ComponentError, capability, createHost } from "hotcell";

const [file = "build/merchant.wasm", witFile = "guest-plugins/merchant/wit/deps/shop/shop.wit"] =
  process.argv.slice(2);

interface Good {
  readonly price: number;
  stock: number;
}

const goods = new Map<string, Good>([
  ["tea", { price: 250, stock: 100 }],
  ["coffee", { price: 400, stock: 0 }],
]);

function goodCalled(name: string): Good {
  const good = goods.get(name);
  // An error of the function's type: the plugin gets it, and goes on.
  if (!good) throw new ComponentError("unknown");
  if (good.stock === 0) throw new ComponentError("sold-out");
  return good;
}

const shop = capability({
  grant: "shop-db",
  allows: "finding and reserving what is in stock",
  wit: await readFile(witFile, "utf8"),
  functions: ({ plugin, caller = "nobody" }) => ({
    find: (name: string) => ({ name, price: goodCalled(name).price }),
    // Async functions keep the plugin waiting, and nobody else.
    async reserve(name: string, count: number) {
      const good = goodCalled(name);
      if (count > good.stock) throw new ComponentError("sold-out");
      good.stock -= count;
      console.log(`${plugin} reserved ${count} ${name} for ${caller}`);
      return good.stock;
    },
  }),
});

await using host = await createHost({ capabilities: { "acme:shop/db": shop } });
const settings = { grants: { "shop-db": true } };
await host.registry.deploy("teahouse", await readFile(file), { settings });

for (const [name, count] of [
  ["tea", 2],
  ["tea", 10],
  ["coffee", 1],
  ["gold", 1],
])
  console.log(await host.registry.callJson("teahouse", "offer", [name, count], { caller: "ada" }));
console.log(host.registry.details("teahouse").counters.reach);
