/** Decodes canonical definitions (Binary.md, Canonical Definitions; CanonicalABI.md, Canonical Definitions). */
import { coreSignature } from "../../wit/layout.ts";
import { type FunctionType, rootDefinition, type TypeDefinition } from "../../wit/model.ts";
import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { CoreFunctionType } from "../core-types.ts";
import type { CanonicalOptions, Definition } from "../definition.ts";
import { sameCoreFunction } from "../validate/core-matching.ts";
import { type DecodingScope, elementAt } from "./scope.ts";

export type Canon = Definition & {
  readonly kind: "lift" | "lower" | "resource.new" | "resource.drop" | "resource.rep";
};

/** Builtins of asynchronous components, threads and error contexts. */
const unsupportedBuiltins: Readonly<Record<number, string>> = {
  5: "task.cancel",
  6: "subtask.cancel",
  9: "task.return",
  10: "context.get",
  11: "context.set",
  12: "thread.yield",
  13: "subtask.drop",
  14: "stream.new",
  15: "stream.read",
  16: "stream.write",
  17: "stream.cancel-read",
  18: "stream.cancel-write",
  19: "stream.drop-readable",
  20: "stream.drop-writable",
  21: "future.new",
  22: "future.read",
  23: "future.write",
  24: "future.cancel-read",
  25: "future.cancel-write",
  26: "future.drop-readable",
  27: "future.drop-writable",
  28: "error-context.new",
  29: "error-context.debug-message",
  30: "error-context.drop",
  31: "waitable-set.new",
  32: "waitable-set.wait",
  33: "waitable-set.poll",
  34: "waitable-set.drop",
  35: "waitable.join",
  36: "backpressure.inc",
  37: "backpressure.dec",
  38: "thread.index",
  39: "thread.new-indirect",
  40: "thread.resume-later",
  41: "thread.suspend",
  42: "thread.suspend-then-resume",
  43: "thread.yield-then-resume",
  44: "thread.suspend-then-promote",
  45: "thread.yield-then-promote",
  64: "thread.spawn-ref",
  65: "thread.spawn-indirect",
  66: "thread.available-parallelism",
};

export function readCanon(reader: Reader, scope: DecodingScope): Canon {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
    case 0x01:
      if (reader.byte() !== 0x00) throw malformedComponent("expected 0x00 after lift or lower", offset + 1);
      return code === 0x00 ? readLift(reader, scope, offset) : readLower(reader, scope, offset);
    case 0x02:
    case 0x03:
    case 0x04: {
      const entry = elementAt(scope.types, reader.u32(), "type", offset);
      const kind = code === 0x02 ? "resource.new" : code === 0x03 ? "resource.drop" : "resource.rep";
      if (entry.sort !== "resource") throw invalid(`${kind} needs a resource type`, offset);
      if (kind !== "resource.drop" && !isOwn(entry.resource, scope)) {
        throw invalid(`${kind} needs a resource that this component defines`, offset);
      }
      return { kind, resource: entry.resource };
    }
    default: {
      const builtin = unsupportedBuiltins[code];
      throw builtin
        ? unsupportedFeature(`the canonical built-in ${builtin}`, offset)
        : malformedComponent(`0x${code.toString(16)} starts no canonical definition`, offset);
    }
  }
}

/** The type of the core function that a canonical definition makes. */
export function coreTypeOf(definition: Exclude<Canon, { kind: "lift" }>): CoreFunctionType {
  switch (definition.kind) {
    case "lower":
      return definition.signature;
    case "resource.drop":
      return { parameters: ["i32"], results: [] };
    default:
      return { parameters: ["i32"], results: ["i32"] };
  }
}

function isOwn(resource: TypeDefinition, scope: DecodingScope): boolean {
  return scope.resources.has(rootDefinition(resource));
}

function readLift(reader: Reader, scope: DecodingScope, offset: number): Canon {
  const index = reader.u32();
  const core = elementAt(scope.core.func, index, "core function", offset).type;
  const options = readOptions(reader, scope);
  const entry = elementAt(scope.types, reader.u32(), "type", offset);
  if (entry.sort !== "func") throw invalid("lift needs a function type", offset);
  const { type } = entry;
  reader.meter.spend("work", type.parameters.length, offset);
  const signature = coreSignature(type, "lift");
  const pointers = pointersOf(type, scope);
  requireOptions(options, offset, {
    memory:
      pointers.parameters || pointers.result || signature.indirectParameters || signature.indirectResult,
    realloc: pointers.parameters || signature.indirectParameters,
  });
  if (!sameCoreFunction(core, signature))
    throw invalid(`lift needs a core function ${show(signature)}`, offset);
  if (options.postReturn !== undefined) {
    const expected = { parameters: signature.results, results: [] };
    const actual = elementAt(scope.core.func, options.postReturn, "core function", offset).type;
    if (!sameCoreFunction(actual, expected)) throw invalid(`post-return must be ${show(expected)}`, offset);
  }
  return { kind: "lift", function: index, options, type, signature };
}

function readLower(reader: Reader, scope: DecodingScope, offset: number): Canon {
  const index = reader.u32();
  const type = elementAt(scope.funcs, index, "function", offset);
  reader.meter.spend("work", type.parameters.length, offset);
  const options = readOptions(reader, scope);
  if (options.postReturn !== undefined) throw invalid("lower takes no post-return", offset);
  const signature = coreSignature(type, "lower");
  const pointers = pointersOf(type, scope);
  requireOptions(options, offset, {
    memory:
      pointers.parameters || pointers.result || signature.indirectParameters || signature.indirectResult,
    realloc: pointers.result,
  });
  return { kind: "lower", function: index, options, type, signature };
}

function requireOptions(
  options: CanonicalOptions,
  offset: number,
  needs: { readonly memory: boolean; readonly realloc: boolean },
): void {
  if (needs.memory && options.memory === undefined) throw invalid("the option memory is required", offset);
  if (needs.realloc && options.realloc === undefined) throw invalid("the option realloc is required", offset);
}

function show({ parameters, results }: CoreFunctionType): string {
  return `[${parameters.join(" ")}] -> [${results.join(" ")}]`;
}

const encodings = ["utf8", "utf16", "latin1+utf16"] as const;
const reallocType = { parameters: ["i32", "i32", "i32", "i32"], results: ["i32"] };

/** CanonicalABI.md, `canonopt` Validation. What depends on other options is judged when all are read. */
function readOptions(reader: Reader, scope: DecodingScope): CanonicalOptions {
  const found: { -readonly [K in keyof CanonicalOptions]?: CanonicalOptions[K] } = {};
  const start = reader.at;
  for (let left = reader.count(); left > 0; left--) {
    const offset = reader.at;
    const code = reader.byte();
    const once = (option: keyof CanonicalOptions): void => {
      if (found[option] !== undefined) throw invalid(`the option ${option} is given twice`, offset);
    };
    switch (code) {
      case 0x00:
      case 0x01:
      case 0x02:
        once("stringEncoding");
        found.stringEncoding = encodings[code];
        break;
      case 0x03: {
        once("memory");
        found.memory = reader.u32();
        const { limits } = elementAt(scope.core.memory, found.memory, "core memory", offset);
        if (limits.shared) throw invalid("the option memory can't be a shared memory", offset);
        if (limits.is64) throw unsupportedFeature("64-bit memories in canonical options", offset);
        break;
      }
      case 0x04:
        once("realloc");
        found.realloc = reader.u32();
        elementAt(scope.core.func, found.realloc, "core function", offset);
        break;
      case 0x05:
        once("postReturn");
        found.postReturn = reader.u32();
        elementAt(scope.core.func, found.postReturn, "core function", offset);
        break;
      case 0x06:
        throw unsupportedFeature("async lifting and lowering", offset);
      case 0x07:
        throw unsupportedFeature("async callbacks", offset);
      case 0x08:
      case 0x09:
        throw unsupportedFeature("the canonical ABI for garbage-collected types", offset);
      default:
        throw malformedComponent(`0x${code.toString(16)} is no canonical option`, offset);
    }
  }
  if (found.realloc !== undefined) {
    if (found.memory === undefined) throw invalid("the option realloc needs the option memory", start);
    if (!sameCoreFunction(scope.core.func[found.realloc]!.type, reallocType)) {
      throw invalid(`realloc must be ${show(reallocType)}`, start);
    }
  }
  return { stringEncoding: "utf8", ...found };
}

/** True where values hold pointers, so that they lie partly in memory: lists and strings at any depth. */
function pointersOf(type: FunctionType, scope: DecodingScope): { parameters: boolean; result: boolean } {
  const { table } = scope;
  return {
    parameters: type.parameters.some((p) => table.valueInfo(p.type).pointers),
    result: type.result !== undefined && table.valueInfo(type.result).pointers,
  };
}
