import { afterAll, expect, test } from "vitest";
import { build, buildComponent, removeTemporaryFolders, run } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const world = `package demo:shop@1.0.0;
interface prices { total: func(ids: list<u32>) -> u64; }
world shop {
  export prices;
  export get-name: func(id: u32) -> string;
}`;

const shop = `
class Base {
  getName(id: u32): string { return this.prefix + id.toString(); }
  prefix: string = "no. ";
}
class Shop extends Base {
  total(ids: Uint32Array): u64 { return ids.reduce<u64>((sum, id) => sum + id, 0); }
}
`;

async function answersOf(source: string): Promise<unknown[]> {
  const files = { "wit/world.wit": world, "assembly/index.ts": source };
  const { call, callIn } = await run(await buildComponent({ files }));
  return [call("getName", 7), callIn("demo:shop/prices@1.0.0", "total", new Uint32Array([1, 2]))];
}

test("methods of the default export answer for functions", async () => {
  expect(await answersOf(`${shop}const shop = new Shop();\nexport default shop;`)).toEqual(["no. 7", 3n]);
  expect(await answersOf(`${shop}const shop: Shop = new Shop();\nexport { shop as default };`)).toEqual([
    "no. 7",
    3n,
  ]);
});

test("a function that is exported itself comes before a method of the default", async () => {
  const own = `export function getName(id: u32): string { return "my " + id.toString(); }`;
  expect(await answersOf(`${shop}${own}\nconst shop = new Shop();\nexport default shop;`)).toEqual([
    "my 7",
    3n,
  ]);
});

test("what a file exports that the entry exports all of comes before a method too", async () => {
  const files = {
    "wit/world.wit": world,
    "assembly/names.ts": `export function getName(id: u32): string { return "my " + id.toString(); }`,
    "assembly/more/index.ts": `export * from "../names";`,
    "assembly/shop.ts": `${shop}export * from "./more";\nconst shop = new Shop();\nexport default shop;`,
    "assembly/index.ts": `export * from "./shop";\nexport { default } from "./shop";`,
  };
  const { call } = await run(await buildComponent({ files }));
  expect(call("getName", 7)).toBe("my 7");
});

test("a default from another file does", async () => {
  const files = {
    "wit/world.wit": world,
    "assembly/shop.ts": `${shop}export const shop = new Shop();`,
    "assembly/index.ts": `export { shop as default } from "./shop";`,
  };
  expect((await build({ files })).output).toBe("");
});
