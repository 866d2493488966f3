import { readFileSync } from "node:fs";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { standardTable } from "../../host/capabilities/capability-table.ts";
import type { Env } from "../../host/capabilities/env.ts";
import { type Grants, parseGrants } from "../../host/capabilities/grants.ts";
import { packages } from "../../host/capabilities/interfaces.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import type { Cell, CellOptions } from "../../host/engine/engine.ts";
import { HotcellError } from "../../host/errors.ts";
import { memoryDrivers } from "../backends/memory-drivers.ts";
import { buildComponent } from "./plugin-build.ts";

/** What plugins export for their host. */
const ownWit = readFileSync(new URL("../../wit/plugin.wit", import.meta.url), "utf8");

const { componentEmbed, componentNew } = await loadWasmTools();

/** All that can be granted. */
export const everything: Grants = {
  clocks: true,
  random: true,
  logging: true,
  files: true,
  kv: true,
  http: { allow: ["*"] },
};

/** `wasi:io/poll` → the id with the version that the host's text of it has. */
export function withVersion(name: string, version?: string): string {
  const text = packages[name.slice(0, name.indexOf("/"))]!;
  return `${name}@${version ?? /^package [^@]*@([^;]*);/m.exec(text)![1]}`;
}

/** A component that imports every function of these interfaces and calls none, made from WIT by wasm-tools. */
export function importing(
  ids: readonly string[],
  texts: Readonly<Record<string, string>> = packages,
): Uint8Array {
  const nested = Object.values(texts).map(
    (text) => `${text.replace(/^package ([^;]*);/m, "package $1 {")} }`,
  );
  const imports = ids.map((id) => `import ${id};`).join("\n");
  const witSource = `package t:all@1.0.0;\nworld all {\n${imports}\n}\n${nested.join("\n")}`;
  return componentNew(componentEmbed({ witSource, world: "t:all/all" }));
}

/** The host's WIT as of another version of WASI. */
export function packagesOf(version: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(packages).map(([name, text]) => [
      name,
      text.replaceAll(/@0\.2\.\d+\b(?!-)/g, `@${version}`),
    ]),
  );
}

export interface Options {
  readonly budget?: Partial<CellOptions>;
  readonly grants?: Grants;
  readonly env?: Env;
}

/** What refuses the component's imports. */
export function refusalOf(
  wasm: Uint8Array,
  { grants = {}, env = {} }: Options = {},
): HotcellError | undefined {
  try {
    linkImports(inspectComponent(wasm).world, parseGrants(grants), {}).supply({ env });
    return undefined;
  } catch (error) {
    if (error instanceof HotcellError) return error;
    throw error;
  }
}

export interface Started {
  readonly cell: Cell;
  readonly lines: readonly LogLine[];
  call(name: string, ...args: unknown[]): unknown;
  reset(): boolean;
  /** Ends the cell and what it was supplied with. */
  release(): void;
}

/** Makes cells of one deployment. */
export async function deploy(
  wasm: Uint8Array,
  { grants = {}, env = {}, budget = {} }: Options = {},
): Promise<{ start(): Started; release(): void }> {
  const component = inspectComponent(wasm);
  const supply = linkImports(component.world, parseGrants(grants), {}).supply({ env });
  const compiled = await createDirectEngine().compile(component);
  // A deployment has one log; what it gets goes to whoever was started last.
  let latest: LogLine[] = [];
  const log = (line: LogLine) => void latest.push(line);
  const recipient = { plugin: "probe", log, drivers: memoryDrivers() };
  const start = () => {
    const lines: LogLine[] = [];
    latest = lines;
    const supplied = supply.forCell(recipient);
    const cell = compiled.instantiate(supplied.imports, budget);
    cell.save();
    return {
      cell,
      lines,
      call: (name: string, ...args: unknown[]) => cell.function(name)(...args),
      reset() {
        const sound = cell.reset();
        if (sound) supplied.reset();
        return sound;
      },
      release() {
        cell.dispose();
        supplied.release();
      },
    };
  };
  return { start, release: () => supply.release() };
}

/**
 * Builds an AssemblyScript plugin; the WASI packages that its world imports from are there, and `hotcell:plugin`, in `older` versions where those
 * differ.
 */
export function buildProbe(
  world: string,
  source: string,
  older: readonly string[] = [],
): Promise<Uint8Array> {
  const texts = { ...packages };
  for (const [versioned, text] of Object.entries(standardTable.otherPackages)) {
    const [name = "", version = ""] = versioned.split("@");
    if (older.includes(version)) texts[name] = text;
  }
  const wit = Object.entries(texts).map(
    ([name, text]) => [`wit/deps/${name.replace(":", "-")}/package.wit`, text] as const,
  );
  return buildComponent({
    files: {
      ...Object.fromEntries(wit),
      "wit/deps/hotcell-plugin/package.wit": ownWit,
      "wit/world.wit": `package t:probe@1.0.0;\nworld probe {\n${world}\n}`,
      "assembly/index.ts": source,
    },
  });
}
