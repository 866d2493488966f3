import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { wasiPath } from "../../host/text/paths.ts";
import { otherVersion, toolMissing } from "./build-tools.ts";

/** The calls of wasm-tools that building and checking need. All are synchronous once the tools are loaded. */
export interface WasmTools {
  /** A dummy core module that carries the world of `witPath` (or `witSource`) as a `component-type` section. */
  componentEmbed(options: EmbedOptions): Uint8Array;
  /** Wraps a core module that carries a `component-type` section as a component; validates it. */
  componentNew(core: Uint8Array): Uint8Array;
  /** The world of a component as WIT; throws when the binary is not a valid component. */
  componentWit(component: Uint8Array): string;
  /** WebAssembly text → binary. */
  parse(text: string): Uint8Array;
}

interface EmbedOptions {
  /** Absolute path of a WIT package folder. */
  readonly witPath?: string;
  readonly witSource?: string;
  readonly world?: string;
}

interface VendoredTools {
  componentEmbed(options: EmbedOptions & { dummy: boolean; stringEncoding: "utf16" }): Uint8Array;
  componentNew(core: Uint8Array, adapters: [string, Uint8Array][]): Uint8Array;
  componentWit(component: Uint8Array): string;
  parse(text: string): Uint8Array;
}

interface Preopens {
  _getPreopens(): unknown;
  _setPreopens(preopens: unknown): void;
}

let loading: Promise<WasmTools> | undefined;

/**
 * Loads the wasm-tools build inside jco-transpile, once a process. Throws `tool-missing` when the package is not
 * installed: it is an optional peer, needed only where plugins are built.
 */
export function loadWasmTools(): Promise<WasmTools> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WasmTools> {
  // The package's public wrapper is asynchronous, which asc's emit hook cannot be: its vendored module is
  // imported by path, so the package's version is pinned.
  const entry = resolvePackage();
  const vendored = new URL("../vendor/wasm-tools.js", entry);
  const loaded = import(vendored.href) as Promise<{ tools: VendoredTools; $init: Promise<void> }>;
  const { tools, $init } = await loaded.catch((cause: unknown) => {
    throw otherVersion(jco, "another version, without the tools that are used", cause);
  });
  const shim = createRequire(vendored).resolve("@bytecodealliance/preview2-shim/filesystem");
  const { _getPreopens, _setPreopens } = (await import(pathToFileURL(shim).href)) as Preopens;
  await $init;
  return {
    componentEmbed(options) {
      // Without a preopened root the tools panic at their first path, and are then unusable for good.
      const kept = _getPreopens();
      _setPreopens({ "/": "/" });
      try {
        const { witPath } = options;
        return tools.componentEmbed({
          ...{ dummy: true, stringEncoding: "utf16", ...options },
          ...(witPath !== undefined && { witPath: wasiPath(witPath) }),
        });
      } finally {
        _setPreopens(kept);
      }
    },
    componentNew: (core) => tools.componentNew(core, []),
    componentWit: (component) => tools.componentWit(component),
    parse: (text) => tools.parse(text),
  };
}

const jco = "@bytecodealliance/jco-transpile";

function resolvePackage(): string {
  try {
    return import.meta.resolve(jco);
  } catch (cause) {
    throw toolMissing(jco, cause);
  }
}
