import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { unnameable } from "./declarations.ts";

it("finds the types that signatures name and nobody can import", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-declarations-"));
  const files = {
    "index.d.ts":
      'export { open } from "./open.ts";\nexport type { Plugin, Account as Money } from "./plugin.ts";\n',
    "open.d.ts": [
      'import type { Plugin, Options } from "./plugin.ts";',
      "/** Named by nobody: Hidden. */",
      "type Source = string | URL;",
      "export declare function open(source: Source, options?: Options): Promise<Plugin>;",
    ].join("\n"),
    "plugin.d.ts": [
      "export interface Options { readonly mode: typeof Modes; }",
      "export interface Plugin { readonly account: Account; lookup(): Callable; }",
      "interface Callable { readonly deep: Deep; }",
      "interface Deep {}",
      "interface Maker {}",
      "export declare class Account {",
      "    constructor(maker: Maker);",
      "}",
    ].join("\n"),
  };
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    expect(unnameable(folder, ["index.d.ts"])).toEqual([
      "Callable, named by Plugin",
      "Options, named by open",
      "Source, named by open",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
