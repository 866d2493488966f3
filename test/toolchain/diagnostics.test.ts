import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { build, buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

/**
 * `diagnostics/NAME`: a plugin with one mistake in it (`options.txt`: options of asc), and what asc prints,
 * `expected.txt`. Written anew by `BLESS=1 npx vitest run test/toolchain/diagnostics`.
 */
const fixtures = fileURLToPath(new URL("diagnostics", import.meta.url));

afterAll(removeTemporaryFolders);

describe("mistakes", async () => {
  test.each(await readdir(fixtures))("%s", async (name) => {
    const expected = join(fixtures, name, "expected.txt");
    const output = await outputOf(join(fixtures, name));
    if (process.env.BLESS) await writeFile(expected, output);
    expect(output).not.toBe("");
    expect(output).toBe(existsSync(expected) ? await readFile(expected, "utf8") : "");
  });
});

async function outputOf(folder: string): Promise<string> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1)] = await readFile(path, "utf8");
  }
  const { "options.txt": options = "", "expected.txt": _, ...sources } = files;
  const built = await build({ files: sources, options: options.split(/\s+/).filter(Boolean) });
  return built.output.replaceAll(`${built.folder}/`, "").replaceAll(built.folder, ".");
}

const world = `package demo:shop@1.0.0;
interface prices {
  record item { sku: string, cents: u64 }
  total: func(items: list<item>, coupon: option<string>) -> result<u64, string>;
}
world shop {
  export prices;
  export get-name: func(id: u32) -> string;
}
world other { export get-name: func(id: u32) -> string; }`;

const good = `
import { Result } from "wit-types";
import { Item } from "demo:shop/prices@1.0.0";
type Items = Item[];
export function getName(id: u32): string { return id.toString(); }
export function total(items: Items, coupon: string | null): Result<u64, string> {
  return coupon ? Result.err<u64, string>(coupon) : Result.ok<u64, string>(items.length);
}
`;

describe("no mistakes", () => {
  const options = ["--use", "hotcell.world=shop"];

  test("types are compared and not their spelling", async () => {
    const files = { "wit/world.wit": world, "assembly/index.ts": good };
    const { component, output } = await build({ files, options });
    expect(output).toBe("");
    expect(component).toBeDefined();
  });

  test("optional parameters beyond the WIT function's", async () => {
    const source = good.replace("id: u32", "id: u32, prefix: string = '#'");
    await buildComponent({ files: { "wit/world.wit": world, "assembly/index.ts": source }, options });
  });

  test("one world of several, when it is chosen", async () => {
    const source = "export function getName(id: u32): string { return 'x'; }";
    await buildComponent({
      files: { "wit/world.wit": world, "assembly/index.ts": source },
      options: ["--use", "hotcell.world=other"],
    });
  });
});
