import type { Structure } from "../../wit/model.ts";

/** Number of parts that whoever walks a structure looks at. */
export function partCount(type: Structure): number {
  switch (type.kind) {
    case "record":
      return type.fields.length;
    case "variant":
      return type.cases.length;
    case "tuple":
      return type.elements.length;
    case "enum":
    case "flags":
      return type.names.length;
    default:
      return 1;
  }
}
