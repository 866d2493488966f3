/** Opens a plugin and gives it functions of this program's, one of them async: `node host-functions.ts merchant.wasm`. */
import { setTimeout as delay } from "node:timers/promises";
import { ComponentError, open, SymbolTypeError } from "hotcell";

const [file = "build/merchant.wasm"] = process.argv.slice(2);

const stock = new Map([
  ["tea", 100],
  ["coffee", 0],
]);

/** The interface `acme:shop/db` of the plugin's world: of a `result` a function returns the ok part, and throws the error. */
const shop = {
  find(name: string) {
    if (!stock.has(name)) throw new ComponentError("unknown");
    return { name, price: 250 };
  },
  // Whoever gives an async function suspends the plugin while it is called: its own functions return promises then.
  async reserve(name: string, count: number) {
    await delay(10);
    const left = (stock.get(name) ?? 0) - count;
    if (left < 0) throw new ComponentError("sold-out");
    stock.set(name, left);
    return left;
  },
};

await using plugin = await open(file, { imports: { "acme:shop/db": shop } });
const symbol = plugin.lookup("offer");
const offer = symbol.as<(name: string, count: number) => Promise<string>>(
  "func(name: string, count: u32) -> string",
);

// Calls of a plugin that waits come one after the other; `mode: "fresh"` has several at a time.
for (const line of await Promise.all([offer("tea", 2), offer("coffee", 1), offer("gold", 1)]))
  console.log(line);
console.log(`${stock.get("tea")} tea left`);

try {
  symbol.as("func(name: string) -> string");
} catch (error) {
  if (!(error instanceof SymbolTypeError)) throw error;
  console.log(error.message);
}
