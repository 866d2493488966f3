/** Function of an open plugin that was looked up: it is called in whichever version is there. */
import type { Json } from "../capabilities/secret.ts";
import { unlessCallerLeft } from "../engine/call-context.ts";
import { SymbolNotFoundError, SymbolTypeError } from "../errors.ts";
import { endingWell, mayExit } from "../placement/after-exit.ts";
import { type CallOptions, callWithin } from "../placement/call-options.ts";
import type { Bound } from "../placement/placement.ts";
import { aText, type Kind, requireKind } from "../platform/code-options.ts";
import { sameFunctionType } from "../wit/equal.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { callWithJson } from "../wit/json/json-call.ts";
import type { FunctionType, TypeDefinition } from "../wit/model.ts";
import { structuresOf } from "../wit/structures.ts";
import { writtenOut, writtenWhole } from "../wit/text/brief.ts";
import { parseFunctionType } from "../wit/text/expression.ts";
import type { OpenedVersion } from "./opened-version.ts";
import type { AnyFunction, PluginSymbol } from "./plugin-api.ts";

const aType: Kind = { ...aText, expected: 'a WIT function type, such as "func(name: string) -> string"' };

/** Holder of the version that is there. */
export interface Follows {
  readonly version: OpenedVersion;
}

export class FollowingSymbol implements PluginSymbol {
  readonly #plugin: Follows;
  #found: ExportedFunction;
  #version: OpenedVersion;

  constructor(plugin: Follows, found: ExportedFunction) {
    this.#plugin = plugin;
    this.#version = plugin.version;
    this.#found = found;
  }

  get name(): string {
    return this.#now().key;
  }

  get type(): FunctionType {
    return this.#now().type;
  }

  as<F extends AnyFunction>(type: string): F {
    requireType(type, this.#now());
    return this.#following((found) => requireType(type, found)) as F;
  }

  /** Callable of the type that it has now. */
  get callable(): AnyFunction {
    const type = String(this);
    return this.#following((found) => requireType(type, found));
  }

  /** Callable in whichever version is there; `check` is asked about the function in each but this one. */
  #following(check: (found: ExportedFunction) => void): AnyFunction {
    let call = bindIn(this.#version, this.#found);
    let version = this.#version;
    return (...args: unknown[]) => {
      if (this.#plugin.version !== version) {
        const found = this.#now();
        check(found);
        call = bindIn(this.#version, found);
        version = this.#version;
      }
      return call(args);
    };
  }

  callJson(args?: unknown, options?: CallOptions): Promise<Json> {
    const found = this.#now();
    const bound = this.#version.bind(found);
    return callWithin("callJson", found.key, options, (context) =>
      callWithJson(this.#version.json.function(found.type), args, (given) =>
        context ? unlessCallerLeft(context, found.key, () => bound(given, context)) : bound(given),
      ),
    ) as Promise<Json>;
  }

  toString(): string {
    return writtenWhole(this.type);
  }

  /** The function in the version that is there. Throws SymbolNotFoundError. */
  #now(): ExportedFunction {
    const { version } = this.#plugin;
    if (version === this.#version) return this.#found;
    const found = version.successorOf(this.#found.key);
    if (!found) throw goneFrom(version, this.#found.key);
    this.#found = found;
    this.#version = version;
    return found;
  }
}

function bindIn(version: OpenedVersion, found: ExportedFunction): Bound {
  const bound = version.bind(found);
  return mayExit(version.world) ? endingWell(found.type, bound) : bound;
}

function goneFrom({ digest }: OpenedVersion, name: string): SymbolNotFoundError {
  return new SymbolNotFoundError(`The plugin was replaced by ${digest}, which does not export ${name}.`, {
    subject: name,
    remedy: "Look up what it exports, or replace it with a version that exports this.",
  });
}

/** Throws SymbolTypeError where the function has another type, and `bad-type-expression` for a text that is none. */
export function requireType(text: string, { key, type }: Pick<ExportedFunction, "key" | "type">): void {
  requireKind("The type to assert", text, aType, "type");
  // Two resources of one name are told apart by nothing that is written, and what is cut short says not all.
  if (text === writtenWhole(type) && !text.includes("…")) return;
  const asserted = parseFunctionType(text, resourcesOf(type));
  if (sameFunctionType(asserted, type)) return;
  const [expected, actual] = [writtenOut(asserted), writtenOut(type)];
  throw new SymbolTypeError(`${key}: expected ${expected}, is ${actual}`, {
    subject: key,
    expected,
    actual,
    remedy: "Assert the type the plugin exports, or open a version that exports the one you need.",
  });
}

function resourcesOf({ parameters, result }: FunctionType): TypeDefinition[] {
  const types = [...parameters.map(({ type }) => type), ...(result ? [result] : [])];
  return [...structuresOf(types)].flatMap((each) =>
    each.kind === "own" || each.kind === "borrow" ? [each.resource] : [],
  );
}
