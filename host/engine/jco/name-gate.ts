/**
 * The glue that jco generates prints names from inside an uploaded binary into JavaScript source. Everything that
 * could end up there passes this gate first (RATIONALE.md, Why an engine of our own).
 */

import { HotcellError } from "../../errors.ts";
import { beginning, cutText } from "../../text/cut.ts";
import type { Item, TypeDefinition, ValueType, World } from "../../wit/model.ts";

// Nothing here can end a quoted string, a template literal, a comment or a line.
const harmless = /^[A-Za-z0-9_$.:/@#|+*<>=\-[\]{}, ]{0,200}$/;
// Harmless characters that together open or close something, or mean something as a property.
const suspicious = /\$\{|\/\*|\*\/|^__proto__$/;

/** Throws `unsafe-name`. The empty name is let through: wasm-tools itself gives it to the modules it adds. */
export function requireHarmlessName(name: string, what: string): void {
  if (harmless.test(name) && !suspicious.test(name)) return;
  const shown = JSON.stringify(cutText(name, 60));
  throw new HotcellError(
    "unsafe-name",
    `The ${what} ${shown} is not allowed: the jco engine writes it into code.`,
    {
      subject: beginning(name, 200),
      actual: name.length,
      expected: "at most 200 letters, digits, spaces or _ $ . : / @ # | + * < > = - [ ] { } ,",
      remedy: "Rename it, or run the plugin on another engine.",
    },
  );
}

/** Gates every name of a world: of its items, their parameters, and the parts of their types. */
export function requireHarmlessWorld(world: World): void {
  const seen = new Set<TypeDefinition>();

  const visitDefinition = (definition: TypeDefinition) => {
    if (seen.has(definition)) return;
    seen.add(definition);
    requireHarmlessName(definition.name, "type");
    if (definition.body.kind !== "resource") visitType(definition.body);
  };
  const visitType = (type: ValueType) => {
    switch (type.kind) {
      case "ref":
        return visitDefinition(type.target);
      case "own":
      case "borrow":
        return visitDefinition(type.resource);
      case "list":
        return visitType(type.element);
      case "tuple":
        return type.elements.forEach(visitType);
      case "option":
        return visitType(type.some);
      case "record":
        for (const field of type.fields) {
          requireHarmlessName(field.name, "field");
          visitType(field.type);
        }
        return;
      case "variant":
        for (const { name, type: payload } of type.cases) {
          requireHarmlessName(name, "case");
          if (payload) visitType(payload);
        }
        return;
      case "enum":
      case "flags":
        for (const name of type.names) requireHarmlessName(name, type.kind === "enum" ? "case" : "flag");
        return;
      case "result":
        if (type.ok) visitType(type.ok);
        if (type.err) visitType(type.err);
        return;
    }
  };
  const visitItem = (item: Item) => {
    requireHarmlessName(item.name, item.kind);
    if (item.kind === "type") return visitDefinition(item.definition);
    for (const { name, type } of item.type.parameters) {
      requireHarmlessName(name, "parameter");
      visitType(type);
    }
    if (item.type.result) visitType(item.type.result);
  };

  for (const item of [...world.imports, ...world.exports]) {
    if (item.kind !== "interface") visitItem(item);
    else {
      requireHarmlessName(item.name, "interface");
      item.interface.items.forEach(visitItem);
    }
  }
}
