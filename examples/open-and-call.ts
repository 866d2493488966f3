/** Opens a plugin, looks one of its functions up, asserts its type and calls it: `node open-and-call.ts greet.wasm Ada`. */
import { open } from "hotcell";

const [file = "build/greet.wasm", name = "Ada"] = process.argv.slice(2);

const plugin = await open(file);
// What it imports and exports, as WIT.
console.log(String(plugin.world));

const greet = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");
console.log(greet(name));

// The same with JSON data, as HTTP takes and gives it.
console.log(await plugin.callJson("greet", { name }));

await plugin.close();
