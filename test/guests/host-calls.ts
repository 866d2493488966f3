/**
 * Guests that call one host function with values of any size, made from its WIT type: for tests of what each costs. A
 * handle that it takes comes from whoever gives such handles; a function whose handle nobody gives can't be called.
 */
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { hostInterface, packages } from "../../host/capabilities/interfaces.ts";
import { capabilities } from "../../host/capabilities/table.ts";
import { casesOf, coreSignature, fieldsOf, flatten, sizeOf, variantLayout } from "../../host/wit/layout.ts";
import {
  type FunctionType,
  functionsIn,
  resolve,
  type Structure,
  type ValueType,
} from "../../host/wit/model.ts";
import { withVersion } from "../support/capability-probe.ts";
import { leb, section } from "./core-bytes.ts";

const { componentEmbed, parse, componentNew } = await loadWasmTools();

/** Interface and function, as `wasi:io/poll#poll`. */
export type FullName = string;

export interface Called {
  readonly iface: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** Every function that the capability table offers. */
export const offered: ReadonlyMap<FullName, Called> = new Map(
  capabilities.flatMap(({ offers }) =>
    offers.flatMap(({ name: iface }) =>
      functionsIn(hostInterface(iface)!).map(
        ({ name, type }) => [`${iface}#${name}`, { iface, name, type }] as const,
      ),
    ),
  ),
);

/** Who gives a handle of a resource: by its name, a function and where in its result the handle lies. */
const givers: Readonly<Record<string, FullName>> = {
  "input-stream": "wasi:cli/stdin#get-stdin",
  "output-stream": "wasi:cli/stderr#get-stderr",
  pollable: "wasi:io/streams#[method]input-stream.subscribe",
  fields: "wasi:http/types#[constructor]fields",
  "outgoing-request": "wasi:http/types#[constructor]outgoing-request",
  "outgoing-response": "wasi:http/types#[constructor]outgoing-response",
  "request-options": "wasi:http/types#[constructor]request-options",
  "outgoing-body": "wasi:http/types#[method]outgoing-request.body",
  "outgoing-value": "wasi:blobstore/types#[static]outgoing-value.new-outgoing-value",
  network: "wasi:sockets/instance-network#instance-network",
};

/** What is done with a handle before it is used, so that it stands for `n` things: core code, with the handle in `$h`. */
const filled: Readonly<Record<string, { readonly uses: readonly FullName[]; readonly code: string }>> = {
  fields: {
    uses: ["wasi:http/types#[method]fields.append"],
    code: `(local.set $i (local.get $n))
      (loop $more (if (i32.gt_s (local.get $i) (i32.const 0)) (then
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        ${[0, 4, 8, 12]
          .map(
            (shift, at) =>
              `(i32.store16 offset=${2 * at} (i32.const ${0x100}) (i32.add (i32.const 98) (i32.and (i32.shr_u (local.get $i) (i32.const ${shift})) (i32.const 15))))`,
          )
          .join(" ")}
        (call $append (local.get $h) (i32.const ${0x100}) (i32.const 4) (i32.const BYTES) (i32.const 1) (i32.const RESULT))
        (br $more))))`,
  },
};

/** Places in the guest's memory: text is UTF-16. `fill` fills 8 KiB of text and of bytes, more than any size asks for. */
const places = { TEXT: 1 << 20, BYTES: 3 << 19, LISTS: 1 << 21, RESULT: 0x200, GIVEN: 3 << 20 };

class Uncallable extends Error {}

/** A core module's imports, locals and code. */
class Code {
  readonly #imports = new Map<FullName, string>();
  readonly #drops = new Map<string, string>();

  call(full: FullName): string {
    const { iface, name, type } = offered.get(full)!;
    const id = name.endsWith("fields.append") ? "$append" : `$f${this.#imports.size}`;
    if (!this.#imports.has(full)) {
      const { parameters, results } = coreSignature(type, "lower");
      const signature = `(func ${id} ${parameters.map((p) => `(param ${p})`).join(" ")} ${results.map((r) => `(result ${r})`).join(" ")})`;
      this.#imports.set(full, `(import "${withVersion(iface)}" "${name}" ${signature})`);
    }
    return /\$\w+/.exec(this.#imports.get(full)!)![0];
  }

  /** The function that lets go of a handle of the resource. */
  drop(resource: string): string {
    const iface = resourceHome(resource);
    const id = `$drop${this.#drops.size}`;
    if (!this.#drops.has(resource))
      this.#drops.set(
        resource,
        `(import "${withVersion(iface)}" "[resource-drop]${resource}" (func ${id} (param i32)))`,
      );
    return /\$\w+/.exec(this.#drops.get(resource)!)![0];
  }

  get imports(): string {
    return [...this.#imports.values(), ...this.#drops.values()].join("\n");
  }

  get interfaces(): Set<string> {
    return new Set([...this.#imports.keys()].map((full) => offered.get(full)!.iface));
  }
}

/** Functions of a core module that leave a handle, each of which is called anew for each use. */
class Handles {
  readonly functions: string[] = [];
  readonly #code: Code;
  readonly #made = new Map<string, string>();

  constructor(code: Code) {
    this.#code = code;
  }

  /** Code that leaves a handle of the resource. */
  of(resource: string): string {
    const known = this.#made.get(resource);
    if (known) return `(call ${known} (local.get $n))`;
    const giver = givers[resource];
    if (giver === undefined) throw new Uncallable(resource);
    const name = `$give-${resource}`;
    this.#made.set(resource, name);
    const { type } = offered.get(giver)!;
    const { results, indirectResult } = coreSignature(type, "lower");
    const values = type.parameters.flatMap((p) => flatValues(p.type, this, "(i32.const 1)"));
    const [only] = type.parameters.map((p) => resolve(p.type));
    const made = `(local.set $self ${values[0] ?? "(i32.const 0)"})
      (call ${this.#code.call(giver)} ${values.length > 0 ? "(local.get $self)" : ""} ${indirectResult ? "(i32.const RESULT)" : ""})`;
    const release =
      only?.kind === "borrow" ? `(call ${this.#code.drop(only.resource.name)} (local.get $self))` : "";
    const { uses = [], code = "" } = filled[resource] ?? {};
    for (const used of uses) this.#code.call(used);
    this.functions.push(`(func ${name} (param $n i32) (result i32) (local $h i32) (local $i i32) (local $self i32)
      ${made} ${results.length > 0 ? "(local.set $h)" : "(local.set $h (i32.load offset=4 (i32.const RESULT)))"} ${release}
      ${code} (local.get $h))`);
    return `(call ${name} (local.get $n))`;
  }
}

/** The core values of a value that is as large as it can be for its size. */
function flatValues(type: ValueType, handles: Handles, size: string): string[] {
  const structure = resolve(type);
  switch (structure.kind) {
    case "string":
      return ["(i32.const TEXT)", size];
    case "list":
      return [listOf(structure, handles), size];
    case "own":
    case "borrow":
      return [handles.of(structure.resource.name)];
    case "option":
    case "variant":
    case "result":
    case "enum": {
      const { index, payload } = largest(structure);
      const inner = payload ? flatValues(payload, handles, size) : [];
      const rest = flatten(structure).slice(1 + inner.length);
      return [`(i32.const ${index})`, ...inner, ...rest.map((core) => `(${core}.const 0)`)];
    }
    case "record":
    case "tuple":
      return fieldsOf(structure).flatMap((field) => flatValues(field.type, handles, size));
    case "u64":
    case "s64":
      return [`(i64.extend_i32_u ${size})`];
    case "u32":
    case "s32":
      return [size];
    default:
      return flatten(structure).map((core) => `(${core}.const 0)`);
  }
}

/** The case with the most in it. */
function largest(type: Structure): { readonly index: number; readonly payload: ValueType | undefined } {
  const cases = casesOf(type)!;
  const sizes = cases.map((c) => (c.type ? 1 + sizeOf(c.type) : 0));
  const index = sizes.indexOf(Math.max(...sizes));
  return { index, payload: cases[index]!.type };
}

/** Code that leaves the address of a list: bytes, or elements that all are the same small thing. */
function listOf(type: Structure & { kind: "list" }, handles: Handles): string {
  const element = resolve(type.element);
  if (element.kind === "u8") return "(i32.const BYTES)";
  const size = sizeOf(element);
  const stores = storeOf(element, handles, 0);
  handles.functions.push(`(func $list (param $n i32) (result i32) (local $at i32) (local $end i32) (local $v i32)
    ${stores.before}
    (local.set $at (i32.const LISTS))
    (local.set $end (i32.add (i32.const LISTS) (i32.mul (local.get $n) (i32.const ${size}))))
    (loop $more (if (i32.lt_u (local.get $at) (local.get $end)) (then ${stores.each}
      (local.set $at (i32.add (local.get $at) (i32.const ${size}))) (br $more))))
    (i32.const LISTS))`);
  return "(call $list (local.get $n))";
}

function storeOf(
  type: Structure,
  handles: Handles,
  offset: number,
): { readonly before: string; readonly each: string } {
  const word = (at: number, value: string) => `(i32.store offset=${at} (local.get $at) ${value})`;
  switch (type.kind) {
    case "string":
    case "list": {
      const place = type.kind === "string" ? "TEXT" : "BYTES";
      const each = `${word(offset, `(i32.const ${place})`)} ${word(offset + 4, "(i32.const 1)")}`;
      return { before: "", each };
    }
    case "borrow":
      return {
        before: `(local.set $v ${handles.of(type.resource.name)})`,
        each: word(offset, "(local.get $v)"),
      };
    case "record":
    case "tuple": {
      const parts = fieldsOf(type).map((field) =>
        storeOf(resolve(field.type), handles, offset + field.offset),
      );
      return {
        before: parts.map(({ before }) => before).join(" "),
        each: parts.map(({ each }) => each).join(" "),
      };
    }
    default:
      throw new Uncallable(`a list of ${type.kind}`);
  }
}

/** Code that lets go of handles in what the function has returned. */
function dropOf(code: Code, { type }: Called): { readonly flat?: string; readonly memory: string } {
  if (!type.result) return { memory: "" };
  const result = resolve(type.result);
  const owned = (structure: Structure) =>
    structure.kind === "own" ? code.drop(structure.resource.name) : undefined;
  const own = owned(result);
  if (own) return { flat: own, memory: "" };
  if (result.kind !== "result" || !result.ok) return { memory: "" };
  const inner = owned(resolve(result.ok));
  if (!inner) return { memory: "" };
  const { payloadOffset } = variantLayout(casesOf(result)!);
  return {
    memory: `(if (i32.eqz (i32.load8_u (i32.const RESULT))) (then (call ${inner} (i32.load offset=${payloadOffset} (i32.const RESULT)))))`,
  };
}

/** The interface, of those that the table offers, that a resource belongs to. */
function resourceHome(resource: string): string {
  for (const { offers } of capabilities) {
    for (const { name } of offers) {
      const { items } = hostInterface(name)!;
      const own = items.some(
        (item) => item.kind === "type" && item.name === resource && item.definition.body.kind === "resource",
      );
      if (own) return name;
    }
  }
  throw new Uncallable(resource);
}

/**
 * Makes a component that exports `prepare: func(n: u32, times: u32)` and `call`, of the same type: both make so often what
 * the function takes, and only the second one calls it. `fill` has to be called first. Undefined for a function that nobody can call.
 */
export function calling(full: FullName): (() => Uint8Array<ArrayBuffer>) | undefined {
  const called = offered.get(full)!;
  const code = new Code();
  const handles = new Handles(code);
  let values: string[];
  let drop: ReturnType<typeof dropOf>;
  try {
    const { indirectParameters } = coreSignature(called.type, "lower");
    if (indirectParameters) return undefined;
    values = called.type.parameters.flatMap(({ type }) => flatValues(type, handles, "(local.get $n)"));
    drop = dropOf(code, called);
  } catch (thrown) {
    if (thrown instanceof Uncallable) return undefined;
    throw thrown;
  }
  const { parameters, results, indirectResult } = coreSignature(called.type, "lower");
  const id = code.call(full);
  const sets = values.map((value, i) => `(local.set $p${i} ${value})`).join(" ");
  const gets = values.map((_, i) => `(local.get $p${i})`).join(" ");
  const core = `(call ${id} ${gets} ${indirectResult ? "(i32.const RESULT)" : ""})`;
  const call = drop.flat ? `(call ${drop.flat} ${core})` : results.length > 0 ? `(drop ${core})` : core;
  // What the function does not take is let go, so that it can be made again and again.
  const left = (kinds: readonly string[]) =>
    called.type.parameters.flatMap(({ type }, i) => {
      const outer = resolve(type);
      const structure = outer.kind === "option" ? resolve(outer.some) : outer;
      if ((structure.kind !== "borrow" && structure.kind !== "own") || !kinds.includes(structure.kind))
        return [];
      const at = called.type.parameters.slice(0, i).flatMap((p) => flatten(p.type)).length;
      const place = structure === outer ? at : at + 1;
      return [`(call ${code.drop(structure.resource.name)} (local.get $p${place}))`];
    });
  const borrowed = left(["borrow"]);
  const loop = (name: string, body: string) => `(func (export "${name}") (param $n i32) (param $times i32)
    ${parameters.map((core, i) => `(local $p${i} ${core})`).join(" ")}
    (loop $again (if (i32.gt_s (local.get $times) (i32.const 0)) (then
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      ${sets} ${body} (br $again)))))`;
  const functions = [
    ...handles.functions,
    loop("prepare", left(["borrow", "own"]).join(" ")),
    loop("call", `${call} ${drop.memory} ${borrowed.join(" ")}`),
  ].join("\n");
  const text = `(module ${code.imports} (memory (export "memory") 80)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const GIVEN))
    (func (export "fill") (local $n i32)
      (memory.fill (i32.const BYTES) (i32.const 97) (i32.const 8192))
      (i32.store16 (i32.const TEXT) (i32.const 97)) (local.set $n (i32.const 2))
      (loop $more
        (memory.copy (i32.add (i32.const TEXT) (local.get $n)) (i32.const TEXT) (local.get $n))
        (br_if $more (i32.lt_u (local.tee $n (i32.shl (local.get $n) (i32.const 1))) (i32.const 8192)))))
    ${functions})`.replaceAll(
    /\b[A-Z]{4,}\b/g,
    (place) => `${places[place as keyof typeof places] ?? place}`,
  );
  return () => wrap(text, [...code.interfaces]);
}

/** As a component: wasm-tools lowers what the module imports by the WIT that its world is given. */
function wrap(text: string, interfaces: readonly string[]): Uint8Array<ArrayBuffer> {
  const nested = Object.values(packages).map(
    (source) => `${source.replace(/^package ([^;]*);/m, "package $1 {")} }`,
  );
  const imports = interfaces.map((iface) => `import ${withVersion(iface)};`).join("\n");
  const world = `package t:all@1.0.0;\nworld all {\n${imports}\n
    export prepare: func(n: u32, times: u32); export call: func(n: u32, times: u32); export fill: func();\n}`;
  const dummy = componentEmbed({ witSource: `${world}\n${nested.join("\n")}`, world: "t:all/all" });
  const [type] = WebAssembly.Module.customSections(
    new WebAssembly.Module(new Uint8Array(dummy)),
    "component-type",
  );
  const name = [...new TextEncoder().encode("component-type")];
  const custom = section(0, [...leb(name.length), ...name, ...new Uint8Array(type!)]);
  return new Uint8Array(componentNew(new Uint8Array(Buffer.concat([parse(text), Uint8Array.from(custom)]))));
}
