/** A shop that asks all discounts there are, each a plugin, by one call: `node discounts.ts discount.wasm`. */
import { readFile } from "node:fs/promises";
import { createHost } from "hotcell";

const [file = "build/discount.wasm"] = process.argv.slice(2);

/** As `hotcell types discount.wasm` writes it: what each plugin of the contract exports. */
interface Exports {
  quote(cents: bigint): bigint | undefined;
}

await using host = await createHost();
const wasm = await readFile(file);
// A component is a model of its own world. Whoever is called discount-… is held to it.
await host.registry.contracts.put("discount", wasm, { plugins: ["discount-*"] });
for (const [name, env] of Object.entries({
  "discount-friends": { percent: "5" },
  "discount-large": { percent: "20", from: "5000" },
  "discount-student": { percent: "10" },
}))
  await host.registry.deploy(name, wasm, { settings: { env } });

const discounts = host.hook<Exports>("discount", { deadline: 1000 });
for (const cents of [1000n, 10000n]) {
  for (const { plugin, value, error } of await discounts.collect.quote(cents))
    console.log(plugin, error?.code ?? value ?? "not given");
  const best = await discounts
    .reduce((least: bigint, value?: bigint) => (value !== undefined && value < least ? value : least), cents)
    .quote(cents);
  console.log(`${cents} cents are ${best}`);
}

// Another discount, from the next call on.
await host.registry.deploy("discount-closing", wasm, { settings: { env: { percent: "50" } } });
console.log(await discounts.first.quote(1000n));
