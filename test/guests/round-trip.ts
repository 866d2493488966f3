/** Components through which a value of a given type goes every way there is. */
import type { Component } from "../../host/component/component.ts";
import type { StringEncoding } from "../../host/component/component-type.ts";
import { coreSignature } from "../../host/wit/layout.ts";
import { type FunctionType, resolve, type Structure, type ValueType } from "../../host/wit/model.ts";
import { allocator, lift, main, options } from "./component-text.ts";
import { component } from "./engine-components.ts";

/**
 * `there: func(x: T) -> T` hands its core values on, untouched, to the host's `back`, and returns what comes: the
 * value is lowered, lifted, stored and loaded.
 */
export function roundTrip(type: ValueType, encoding: StringEncoding): Component {
  const names = new TypeNames();
  const name = names.of(type);
  const func: FunctionType = { parameters: [{ name: "x", type }], result: type };
  const inward = coreSignature(func, "lift");
  const outward = coreSignature(func, "lower");
  const passed = inward.parameters.map((_, i) => `(local.get ${i})`).join(" ");
  const list = (types: readonly string[]) => types.join(" ");
  const body = outward.indirectResult
    ? `(call $back ${passed} (i32.const 1024)) (i32.const 1024)`
    : `(call $back ${passed})`;
  return component(`
    ${names.definitions.join("\n")}
    (import "back" (func $back (param "x" ${name}) (result ${name})))
    ${allocator}
    (core func $back' (canon lower (func $back) ${options(encoding)}))
    ${main(
      `(func (export "there") (param ${list(inward.parameters)}) (result ${list(inward.results)}) ${body})`,
      `(import "env" "back" (func $back (param ${list(outward.parameters)}) (result ${list(outward.results)})))`,
      `(export "back" (func $back'))`,
    )}
    (func (export "there") (param "x" ${name}) (result ${name}) ${lift("there", encoding)})`);
}

/** Types in text. Records, variants, enums and flags must have names before functions may use them. */
export class TypeNames {
  readonly definitions: string[] = [];

  of(type: ValueType): string {
    const structure = resolve(type);
    switch (structure.kind) {
      case "record":
        return this.#define(
          `record ${structure.fields.map((f) => `(field "${f.name}" ${this.of(f.type)})`).join(" ")}`,
        );
      case "variant":
        return this.#define(
          `variant ${structure.cases.map((c) => `(case "${c.name}"${c.type ? ` ${this.of(c.type)}` : ""})`).join(" ")}`,
        );
      case "enum":
      case "flags":
        return this.#define(`${structure.kind} ${structure.names.map((name) => `"${name}"`).join(" ")}`);
      case "list":
        return `(list ${this.of(structure.element)}${structure.length === undefined ? "" : ` ${structure.length}`})`;
      case "tuple":
        return `(tuple ${structure.elements.map((element) => this.of(element)).join(" ")})`;
      case "option":
        return `(option ${this.of(structure.some)})`;
      case "result": {
        const ok = structure.ok ? ` ${this.of(structure.ok)}` : "";
        const err = structure.err ? ` (error ${this.of(structure.err)})` : "";
        return `(result${ok}${err})`;
      }
      default:
        return structure.kind;
    }
  }

  #define(text: string): string {
    const i = this.definitions.length;
    this.definitions.push(`(type $t${i}' (${text})) (import "t${i}" (type $t${i} (eq $t${i}')))`);
    return `$t${i}`;
  }
}

/** The type with flags cut to 32 names, as many as a component may have. */
export function withFewFlags(type: ValueType): ValueType {
  const structure = resolve(type);
  const each = <T extends { readonly type?: ValueType }>(part: T): T =>
    part.type ? { ...part, type: withFewFlags(part.type) } : part;
  switch (structure.kind) {
    case "flags":
      return { kind: "flags", names: structure.names.slice(0, 32) };
    case "record":
      return { kind: "record", fields: structure.fields.map(each) };
    case "variant":
      return { kind: "variant", cases: structure.cases.map(each) };
    case "list":
      return { ...structure, element: withFewFlags(structure.element) };
    case "tuple":
      return { kind: "tuple", elements: structure.elements.map(withFewFlags) };
    case "option":
      return { kind: "option", some: withFewFlags(structure.some) };
    case "result": {
      const { ok, err } = structure;
      return {
        kind: "result",
        ...(ok && { ok: withFewFlags(ok) }),
        ...(err && { err: withFewFlags(err) }),
      } satisfies Structure;
    }
    default:
      return structure;
  }
}
