/** Go's `plugin` package, typed: open, look up, assert the type, call (docs/embedding.md). */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { HostDrivers } from "./backends/drivers.ts";
import { filesDriver } from "./backends/files/files-driver.ts";
import { MemoryFiles } from "./backends/files/memory-files.ts";
import type { HostReach } from "./backends/http-client/client-settings.ts";
import { httpClientDriver } from "./backends/http-client/http-client.ts";
import { KeyValueDriver } from "./backends/key-value/key-value-driver.ts";
import { MemoryKeyValue } from "./backends/key-value/memory-key-value.ts";
import type { LogLine } from "./backends/log/log-line.ts";
import type { LinkedInterface } from "./capabilities/capability.ts";
import { type GivenImports, importsGiven } from "./capabilities/given.ts";
import { type Grants, parseGrants } from "./capabilities/grants.ts";
import { printLogLine } from "./capabilities/kit/print-log.ts";
import { parseBySchema } from "./capabilities/kit/settings-schema.ts";
import { linkImports } from "./capabilities/link.ts";
import { inspectComponent } from "./component/inspect.ts";
import type { StructureLimits } from "./component/structure-limits.ts";
import { OpenedPlugin, type PreparedVersion } from "./embedding/opened-plugin.ts";
import { OpenedVersion } from "./embedding/opened-version.ts";
import type { Plugin, UntypedExports } from "./embedding/plugin-api.ts";
import type { CellLimits } from "./engine/engine.ts";
import { type EngineName, engineNames } from "./engine/engine-names.ts";
import { Engines } from "./engine/engines.ts";
import { HotcellError } from "./errors.ts";
import { placeInline } from "./placement/inline/inline.ts";
import type { CallLimits, PlacementMode } from "./placement/placement.ts";
import { aFunction, anObject, aYesOrNo, checkOptions, type Kind, oneOf } from "./platform/code-options.ts";
import { defaultLimits, limitsSchema, type PluginLimits } from "./registry/plugin-limits.ts";
import { kindOf } from "./text/kind-of.ts";

/** Options of `open`. */
export interface OpenOptions {
  /** Capabilities the plugin may import: `{ clocks: true }`. None by default. */
  readonly grants?: Grants;
  /**
   * Host functions of your own: `{ "acme:mail/send": { sendMail }, log }`, that is by interface (version optional) and
   * camelCase name, and by name alone (or in `$root`) where the plugin imports them outside of interfaces. A resource is a
   * class, in PascalCase. A function whose WIT result is `result<T, E>` returns the T, and throws
   * `new ComponentError(e)` for the E. Async functions, and those marked by `suspending`, suspend the plugin until they
   * settle; then every call of the plugin returns a promise.
   */
  readonly imports?: GivenImports;
  /** Mode of its cells: `shared` (default), state lives until `close`; `fresh`, every call starts from the beginning. */
  readonly mode?: PlacementMode;
  /** Limits of the plugin and of each of its calls; defaults as for a deployed plugin. */
  readonly limits?: Partial<CellLimits & CallLimits & StructureLimits>;
  /** Engine: `direct` (default), or `jco` for a plugin you trust. */
  readonly engine?: EngineName;
  /**
   * Follow the file: whenever another component lies there, whole, it replaces the plugin as `replace` does, and where it
   * can't, `plugin.on("refused", …)` says why. Takes a path or a `file:` URL. The process ends once the plugin is closed.
   */
  readonly watch?: boolean;
  /** Receiver of the lines that the plugin logs; by default standard error. */
  readonly log?: (line: LogLine) => void;
}

const kinds: { readonly [Name in keyof OpenOptions]-?: Kind } = {
  grants: anObject,
  imports: { expected: "an object of interfaces and functions", fits: () => true },
  mode: oneOf(["shared", "fresh"]),
  limits: anObject,
  engine: oneOf(engineNames),
  watch: aYesOrNo,
  log: aFunction,
};

/** Reach of plugins that a program opens: it grants as the owner of the machine it runs on. */
const ownReach: HostReach = { allow: undefined, private: true };

/** Shared by every `open` of the process, so that opening the same bytes twice compiles them once. */
const engines = new Engines();

/**
 * Opens a component: a path, a `file:` URL, or its bytes. Throws HotcellError for a file that is no component, for
 * imports that are neither granted nor given, and for a component that does not start.
 *
 * @example
 * ```ts
 * import { open } from "hotcell";
 *
 * const plugin = await open("greet.wasm");
 * const greet = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");
 * console.log(greet("Ada")); // → Hello, Ada!
 * await plugin.close();
 * ```
 */
export async function open<Exports = UntypedExports>(
  source: string | URL | Uint8Array | ArrayBuffer,
  options: OpenOptions = {},
): Promise<Plugin<Exports>> {
  checkOptions("open", options, kinds);
  const { grants = {}, imports = {}, mode = "shared", engine = "direct", log = printLogLine } = options;
  const limits = { ...defaultLimits, ...limitsOf(options.limits) };
  const file = options.watch === true ? requireFile(source) : undefined;
  const name = typeof source === "string" ? source : source instanceof URL ? source.pathname : undefined;
  // What they keep lasts as long as the plugin is open.
  const drivers = new HostDrivers([
    ["files", filesDriver(new MemoryFiles())],
    ["http-client", httpClientDriver({ reach: ownReach })],
    ["key-value", new KeyValueDriver(new MemoryKeyValue())],
  ]);
  const prepare = (bytes: Uint8Array): PreparedVersion => {
    const component = inspectComponent(bytes, limits);
    const linked = linkImports(component.world, parseGrants(grants), importsGiven(imports));
    const [alone] = linked.linked;
    if (alone) throw nobodyThere(alone);
    const start = async () => {
      const supply = linked.supply();
      const compiled = await engines.get(engine).compile(component, limits);
      const placement = await placeInline({
        compiled,
        supply,
        recipient: { plugin: name ?? component.digest, log, drivers: drivers.find },
        mode,
        limits,
        counted: false,
        embedded: Object.keys(imports).length > 0,
      });
      return new OpenedVersion(component, placement);
    };
    return { digest: component.digest, world: component.world, start };
  };
  const first = prepare(await bytesOf(source));
  const version = await first.start();
  const plugin = new OpenedPlugin({ name: name ?? first.digest, version, prepare, drivers });
  // The caller says what types they have; arguments are checked by those of WIT all the same.
  const typed = plugin as unknown as Plugin<Exports>;
  if (file === undefined) return typed;
  try {
    await plugin.follow(file);
    // It may have changed since it was read.
    await plugin.replace(await readFile(file));
    return typed;
  } catch (thrown) {
    await plugin.close();
    throw thrown;
  }
}

/** Limits that mean something without a host, each in its range. */
function limitsOf(limits: OpenOptions["limits"] = {}): Partial<PluginLimits> {
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  const ofHosts = Object.keys(given).find((name) => hostLimits.includes(name));
  if (ofHosts === undefined) return parseBySchema(limitsSchema, given, "limits") as Partial<PluginLimits>;
  throw new HotcellError(
    "bad-settings",
    `limits.${ofHosts} is a limit of plugins that a host has deployed.`,
    {
      subject: `limits.${ofHosts}`,
      remedy: "Leave it out, or deploy the plugin to a host: createHost.",
    },
  );
}

const hostLimits = ["fuelPerSecond", "argumentBytes", "processMemory", "logBytes"];

async function bytesOf(source: unknown): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const url = typeof source === "string" && /^[a-z]{2,}:\/\//i.test(source) ? URL.parse(source) : source;
  if (url instanceof URL && url.protocol === "file:") return readFile(url);
  if (typeof source === "string" && !(url instanceof URL)) return readFile(source);
  const actual = url instanceof URL ? `the URL ${url}` : kindOf(source);
  throw new HotcellError("bad-settings", `open takes a path, a file: URL or bytes, but got ${actual}.`, {
    subject: "open",
    expected: "a path, a file: URL, a Uint8Array or an ArrayBuffer",
    actual,
    remedy: remedyFor(url),
  });
}

/** Path of the file to watch. Throws `bad-settings` for bytes. */
function requireFile(source: unknown): string {
  if (source instanceof URL && source.protocol === "file:") return fileURLToPath(source);
  if (typeof source === "string") return /^file:\/\//i.test(source) ? fileURLToPath(source) : source;
  throw new HotcellError("bad-settings", `open can watch a file only, but got ${kindOf(source)}.`, {
    subject: "watch",
    expected: "a path or a file: URL",
    actual: kindOf(source),
    remedy: "Give the path of the file, or leave watch out and call plugin.replace(bytes).",
  });
}

function remedyFor(source: unknown): string {
  if (source instanceof URL) return "Fetch it first: open(await (await fetch(url)).arrayBuffer()).";
  if (source instanceof Promise) return "Await the promise first.";
  return source instanceof Blob || source instanceof Response
    ? "Give its bytes: await source.arrayBuffer()."
    : "Give what readFile gives, or a path.";
}

function nobodyThere({ id, plugin }: LinkedInterface): HotcellError {
  return new HotcellError(
    "bad-settings",
    `The plugin is linked to ${plugin} for ${id}, and is opened without others beside it.`,
    {
      subject: "grants.plugins",
      remedy: `Give its functions: open(…, { imports: { ${JSON.stringify(id)}: { … } } }); or deploy both to a host: createHost().`,
    },
  );
}
