/** Shapes of forms: what JSON Schemas of WIT types, as the host's document has them, ask of somebody who fills one in. */

/** Part of JSON Schema that the host writes. */
export interface TypeSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly contentEncoding?: string;
  readonly items?: TypeSchema;
  readonly prefixItems?: readonly TypeSchema[];
  readonly properties?: Readonly<Record<string, TypeSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly TypeSchema[];
  readonly oneOf?: readonly TypeSchema[];
}

/** Definitions of the document, by the ends of their references. */
export type Definitions = Readonly<Record<string, TypeSchema>>;

export type FormShape = { readonly docs: string | undefined } & (
  | { readonly kind: "bool" | "text" | "bytes" | "float" | "json" }
  /** `wide`: values beyond what a number of JSON carries go as text. */
  | {
      readonly kind: "integer";
      readonly min: number | undefined;
      readonly max: number | undefined;
      readonly wide: boolean;
    }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly some: TypeSchema }
  /** `length` is fixed where it is there. */
  | { readonly kind: "list"; readonly element: TypeSchema; readonly length: number | undefined }
  | { readonly kind: "tuple"; readonly elements: readonly TypeSchema[] }
  | { readonly kind: "record"; readonly fields: readonly (readonly [string, TypeSchema])[] }
  | { readonly kind: "variant"; readonly cases: readonly VariantCase[] }
);

interface VariantCase {
  readonly tag: string;
  /** Absent for a case without a payload. */
  readonly payload: TypeSchema | undefined;
}

export function shapeOf(given: TypeSchema, definitions: Definitions): FormShape {
  const schema = resolved(given, definitions);
  return { docs: given.description ?? schema.description, ...shape(schema) };
}

/** Schema that a reference names; the schema itself where it is none. */
function resolved(schema: TypeSchema, definitions: Definitions): TypeSchema {
  if (schema.$ref === undefined) return schema;
  return definitions[schema.$ref.replace("#/components/schemas/", "")] ?? {};
}

type WithoutDocs<T> = T extends unknown ? Omit<T, "docs"> : never;

function shape(schema: TypeSchema): WithoutDocs<FormShape> {
  const { type, anyOf, oneOf, properties, prefixItems, items } = schema;
  if (anyOf) return shapeOfEither(anyOf);
  if (oneOf) return { kind: "variant", cases: oneOf.map(caseOf) };
  if (prefixItems) return { kind: "tuple", elements: prefixItems };
  if (properties?.tag?.const !== undefined) return { kind: "variant", cases: [caseOf(schema)] };
  if (properties) return { kind: "record", fields: Object.entries(properties) };
  if (type === "array" && items) {
    const { minItems, maxItems } = schema;
    return { kind: "list", element: items, length: minItems === maxItems ? minItems : undefined };
  }
  if (type === "string") {
    if (schema.enum) return { kind: "enum", names: schema.enum };
    return { kind: schema.contentEncoding === "base64" ? "bytes" : "text" };
  }
  if (type === "boolean") return { kind: "bool" };
  if (type === "integer") return { kind: "integer", min: schema.minimum, max: schema.maximum, wide: false };
  return { kind: "json" };
}

function shapeOfEither(anyOf: readonly TypeSchema[]): WithoutDocs<FormShape> {
  const [first = {}, second = {}] = anyOf;
  if (second.type === "null") return { kind: "option", some: first };
  if (first.type === "integer") return { kind: "integer", min: undefined, max: undefined, wide: true };
  if (first.type === "number") return { kind: "float" };
  return { kind: "json" };
}

function caseOf({ properties = {} }: TypeSchema): VariantCase {
  return { tag: properties.tag?.const ?? "", payload: properties.val };
}
