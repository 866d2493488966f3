/** Go's `plugin` package, typed: open, look up, assert the type, call (docs/embedding.md). */

import { readFile } from "node:fs/promises";
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
import type { Json } from "./capabilities/secret.ts";
import { inspectComponent } from "./component/inspect.ts";
import type { StructureLimits } from "./component/structure-limits.ts";
import { unlessCallerLeft } from "./engine/call-context.ts";
import type { CellLimits } from "./engine/engine.ts";
import { type EngineName, Engines, engineNames } from "./engine/engines.ts";
import { HotcellError, SymbolNotFoundError, SymbolTypeError } from "./errors.ts";
import { endingWell, mayExit } from "./placement/after-exit.ts";
import { type CallOptions, callWithin } from "./placement/call-options.ts";
import { placeInline } from "./placement/inline/inline.ts";
import type { CallLimits, Placement, PlacementMode } from "./placement/placement.ts";
import {
  aFunction,
  anObject,
  aText,
  checkOptions,
  type Kind,
  oneOf,
  requireKind,
} from "./platform/code-options.ts";
import { defaultLimits, limitsSchema, type PluginLimits } from "./registry/plugin-limits.ts";
import { kindOf } from "./text/kind-of.ts";
import { sameFunctionType } from "./wit/equal.ts";
import { type ExportedFunction, exportedFunctions, findByPath } from "./wit/exports.ts";
import { callWithJson } from "./wit/json/json-call.ts";
import { type JsonFunction, JsonTypes } from "./wit/json/json-function.ts";
import { missingFunction, some } from "./wit/missing-function.ts";
import type { FunctionType, TypeDefinition, World } from "./wit/model.ts";
import { structuresOf } from "./wit/structures.ts";
import { writtenOut, writtenWhole } from "./wit/text/brief.ts";
import { parseFunctionType } from "./wit/text/expression.ts";
import { printWorld } from "./wit/text/print.ts";

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
  /** Receiver of the lines that the plugin logs; by default standard error. */
  readonly log?: (line: LogLine) => void;
}

/** Function type by TypeScript, for the caller to narrow; WIT's is asserted by `as`. */
// biome-ignore lint/suspicious/noExplicitAny: the caller narrows it, as a type assertion does in Go.
export type AnyFunction = (...args: any[]) => any;

/** Export that was looked up. */
export interface PluginSymbol {
  /** Name as the component exports it: `name`, or `ns:pkg/iface@1.0.0#name`. */
  readonly name: string;
  readonly type: FunctionType;
  /**
   * Asserts the symbol's WIT type, structurally, and gives the callable. Parameter names don't matter; resources are
   * named as `String(symbol)` names them, and their values are objects that go from one call of the plugin to the next.
   * Throws SymbolTypeError when it has another type, HotcellError `bad-type-expression` when `type` is none.
   * The callable throws HotcellError `bad-argument`, ComponentError (a returned `result::err`) and TrapError. Where the
   * plugin imports a host function that suspends it, `as<() => Promise<string>>(…)`: calls return promises, reject with
   * what they would throw, and wait for each other in a `shared` plugin.
   */
  as<F extends AnyFunction>(type: string): F;
  /**
   * Calls it with JSON data, by the rules of `POST /call/…`: an array or object of arguments (names in camelCase or as
   * WIT has them, 64-bit integers as numbers or texts, bytes as base64, nothing that the types don't have), and the
   * result as JSON data, null for none. Rejects with what the callable throws; `error.toProblem()` is JSON too.
   */
  callJson(args?: unknown, options?: CallOptions): Promise<Json>;
  /** WIT type as `as` takes it, named types written out. */
  toString(): string;
}

/** Component that was opened. */
export interface Plugin extends AsyncDisposable {
  /** World of the component, reflected; `String(plugin.world)` is WIT. */
  readonly world: World;
  /** Digest of its bytes: `sha256:…`. */
  readonly digest: string;
  /**
   * Finds `"name"` or `"ns:pkg/iface@1.0.0#name"` (version optional). Throws SymbolNotFoundError.
   *
   * @example
   * ```ts
   * import { open, SymbolNotFoundError } from "hotcell";
   *
   * await using plugin = await open("text-stats.wasm");
   * console.log(plugin.lookup("analyse").name); // → example:text-stats/stats@1.0.0#analyse
   * try {
   *   plugin.lookup("analyze");
   * } catch (error) {
   *   if (error instanceof SymbolNotFoundError) console.log(error.facts.remedy); // → Did you mean analyse?
   * }
   * ```
   */
  lookup(name: string): PluginSymbol;
  /** `lookup(name).callJson(args, options)`. */
  callJson(name: string, args?: unknown, options?: CallOptions): Promise<Json>;
  /** Releases the cell. Symbols looked up before throw `closed` afterwards. */
  close(): Promise<void>;
}

const kinds: { readonly [Name in keyof OpenOptions]-?: Kind } = {
  grants: anObject,
  imports: { expected: "an object of interfaces and functions", fits: () => true },
  mode: oneOf(["shared", "fresh"]),
  limits: anObject,
  engine: oneOf(engineNames),
  log: aFunction,
};

const aType: Kind = { ...aText, expected: 'a WIT function type, such as "func(name: string) -> string"' };

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
export async function open(
  source: string | URL | Uint8Array | ArrayBuffer,
  options: OpenOptions = {},
): Promise<Plugin> {
  checkOptions("open", options, kinds);
  const { grants = {}, imports = {}, mode = "shared", engine = "direct", log = printLogLine } = options;
  const limits = { ...defaultLimits, ...limitsOf(options.limits) };
  const bytes = await bytesOf(source);
  const component = inspectComponent(bytes, limits);
  const linked = linkImports(component.world, parseGrants(grants), importsGiven(imports));
  const [alone] = linked.linked;
  if (alone) throw nobodyThere(alone);
  const supply = linked.supply();
  const compiled = await engines.get(engine).compile(component, limits);
  const name =
    typeof source === "string" ? source : source instanceof URL ? source.pathname : component.digest;
  // What they keep lasts as long as the plugin is open.
  const drivers = new HostDrivers([
    ["files", filesDriver(new MemoryFiles())],
    ["http-client", httpClientDriver({ reach: ownReach })],
    ["key-value", new KeyValueDriver(new MemoryKeyValue())],
  ]);
  const placement = await placeInline({
    compiled,
    supply,
    recipient: { plugin: name, log, drivers: drivers.find },
    mode,
    limits,
    counted: false,
    embedded: Object.keys(imports).length > 0,
  });
  return new OpenedPlugin(name, component.digest, component.world, placement, drivers);
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

function remedyFor(source: unknown): string {
  if (source instanceof URL) return "Fetch it first: open(await (await fetch(url)).arrayBuffer()).";
  if (source instanceof Promise) return "Await the promise first.";
  return source instanceof Blob || source instanceof Response
    ? "Give its bytes: await source.arrayBuffer()."
    : "Give what readFile gives, or a path.";
}

class OpenedPlugin implements Plugin {
  readonly world: World;
  readonly digest: string;
  readonly #name: string;
  readonly #placement: Placement;
  readonly #functions: readonly ExportedFunction[];
  readonly #json = new JsonTypes();
  readonly #drivers: HostDrivers;

  /** `drivers` are its own, and closed with it. */
  constructor(name: string, digest: string, world: World, placement: Placement, drivers: HostDrivers) {
    this.#drivers = drivers;
    this.#name = name;
    this.digest = digest;
    this.world = Object.defineProperty({ ...world }, "toString", { value: () => printWorld(world) });
    this.#placement = placement;
    this.#functions = exportedFunctions(world);
  }

  lookup(name: string): PluginSymbol {
    requireKind("The name to look up", name, aText, "name");
    const found = findByPath(this.#functions, name);
    if (!found) throw this.#notFound(name);
    return new BoundSymbol(found, this.#placement, this.#json.function(found.type), mayExit(this.world));
  }

  async callJson(name: string, args?: unknown, options?: CallOptions): Promise<Json> {
    return this.lookup(name).callJson(args, options);
  }

  async close(): Promise<void> {
    this.#placement.close();
    await this.#drivers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #notFound(name: string): SymbolNotFoundError {
    const { detail, remedy, near, functions } = missingFunction(this.#functions, name, "#");
    const listed = functions.length > 0 ? `It exports: ${some(functions)}.` : "It exports no functions.";
    return new SymbolNotFoundError(`${this.#name} ${detail} ${listed}`, {
      subject: name,
      remedy,
      extra: { near, functions },
    });
  }
}

class BoundSymbol implements PluginSymbol {
  readonly name: string;
  readonly type: FunctionType;
  readonly #placement: Placement;
  readonly #json: JsonFunction;
  readonly #mayExit: boolean;

  constructor({ key, type }: ExportedFunction, placement: Placement, json: JsonFunction, mayExit: boolean) {
    this.name = key;
    this.type = type;
    this.#placement = placement;
    this.#json = json;
    this.#mayExit = mayExit;
  }

  as<F extends AnyFunction>(type: string): F {
    this.#require(type);
    const bound = this.#placement.bind(this.name, this.type);
    const call = ((...args: unknown[]) => bound(args)) as F;
    return this.#mayExit ? endingWell(this.type, call) : call;
  }

  callJson(args?: unknown, options?: CallOptions): Promise<Json> {
    const bound = this.#placement.bind(this.name, this.type);
    return callWithin("callJson", this.name, options, (context) =>
      callWithJson(this.#json, args, (given) =>
        context ? unlessCallerLeft(context, this.name, () => bound(given, context)) : bound(given),
      ),
    ) as Promise<Json>;
  }

  toString(): string {
    return writtenWhole(this.type);
  }

  #require(type: string): void {
    requireKind("The type to assert", type, aType, "type");
    // Two resources of one name are told apart by nothing that is written, and what is cut short says not all.
    if (type === String(this) && !type.includes("…")) return;
    const asserted = parseFunctionType(type, resourcesOf(this.type));
    if (sameFunctionType(asserted, this.type)) return;
    const [expected, actual] = [writtenOut(asserted), writtenOut(this.type)];
    throw new SymbolTypeError(`${this.name}: expected ${expected}, is ${actual}`, {
      subject: this.name,
      expected,
      actual,
      remedy: "Assert the type the plugin exports, or open a version that exports the one you need.",
    });
  }
}

function resourcesOf({ parameters, result }: FunctionType): TypeDefinition[] {
  const types = [...parameters.map(({ type }) => type), ...(result ? [result] : [])];
  return [...structuresOf(types)].flatMap((each) =>
    each.kind === "own" || each.kind === "borrow" ? [each.resource] : [],
  );
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
