import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transpile } from "@bytecodealliance/jco";
import type { Component } from "../../host/component/component.ts";

type Call = (n: number) => unknown;

/** The function `forward` of a component, through jco's glue for JavaScript Promise Integration. */
export async function jcoForward({ bytes }: Component, next: Call): Promise<Call> {
  const { files } = await transpile(bytes, {
    name: "plugin",
    instantiation: "async",
    noTypescript: true,
    asyncMode: "jspi",
    asyncImports: ["next"],
    asyncExports: ["forward"],
  });
  const contents = Object.entries(files) as [string, Uint8Array][];
  const folder = await mkdtemp(join(tmpdir(), "hotcell-bench-"));
  try {
    for (const [path, content] of contents) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const glue = (await import(pathToFileURL(join(folder, "plugin.js")).href)) as {
      instantiate(
        getModule: (path: string) => WebAssembly.Module,
        imports: unknown,
      ): Promise<{ forward: Call }>;
    };
    const modules = new Map(contents);
    const { forward } = await glue.instantiate(
      (path) => new WebAssembly.Module(modules.get(path) as Uint8Array<ArrayBuffer>),
      { next: { default: next } },
    );
    return forward;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
