/** Random WIT documents: two interfaces, one of which uses the other's types, in a world that imports and exports. */
import fc from "fast-check";
import { primitiveKinds } from "../../host/wit/model.ts";

/** A type before it is known what types there are: numbers pick one. */
type Recipe =
  | { readonly kind: "primitive"; readonly name: string }
  | { readonly kind: "named"; readonly pick: number }
  | { readonly kind: "list"; readonly of: Recipe; readonly length: number | undefined }
  | { readonly kind: "tuple"; readonly of: readonly Recipe[] }
  | { readonly kind: "option"; readonly of: Recipe }
  | { readonly kind: "result"; readonly ok: Recipe | undefined; readonly err: Recipe | undefined };

type DefinitionRecipe =
  | { readonly kind: "record"; readonly of: readonly Recipe[] }
  | { readonly kind: "variant"; readonly of: readonly (Recipe | undefined)[] }
  | { readonly kind: "enum" | "flags"; readonly count: number }
  | { readonly kind: "type"; readonly of: Recipe }
  | { readonly kind: "resource"; readonly methods: readonly FunctionRecipe[] };

interface FunctionRecipe {
  readonly parameters: readonly (Recipe | { readonly kind: "borrow"; readonly pick: number })[];
  readonly result: Recipe | undefined;
}

interface InterfaceRecipe {
  readonly definitions: readonly DefinitionRecipe[];
  readonly functions: readonly FunctionRecipe[];
}

const { recipe } = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("primitive" as const), name: fc.constantFrom(...primitiveKinds) }),
    fc.record({ kind: fc.constant("named" as const), pick: fc.nat(1000) }),
    fc.record({
      kind: fc.constant("list" as const),
      of: tie("recipe"),
      length: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant("tuple" as const),
      of: fc.array(tie("recipe"), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant("option" as const), of: tie("recipe") }),
    fc.record({
      kind: fc.constant("result" as const),
      ok: fc.option(tie("recipe"), { nil: undefined }),
      err: fc.option(tie("recipe"), { nil: undefined }),
    }),
  ),
}));

const aFunction: fc.Arbitrary<FunctionRecipe> = fc.record({
  parameters: fc.array(
    fc.oneof(recipe, fc.record({ kind: fc.constant("borrow" as const), pick: fc.nat(1000) })),
    { maxLength: 6 },
  ),
  result: fc.option(recipe, { nil: undefined }),
});

const aDefinition: fc.Arbitrary<DefinitionRecipe> = fc.oneof(
  fc.record({
    kind: fc.constant("record" as const),
    of: fc.array(recipe, { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant("variant" as const),
    of: fc.array(fc.option(recipe, { nil: undefined }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constantFrom("enum" as const, "flags" as const),
    count: fc.integer({ min: 1, max: 32 }),
  }),
  fc.record({ kind: fc.constant("enum" as const), count: fc.constantFrom(256, 257) }),
  fc.record({ kind: fc.constant("type" as const), of: recipe }),
  fc.record({ kind: fc.constant("resource" as const), methods: fc.array(aFunction, { maxLength: 2 }) }),
);

const anInterface: fc.Arbitrary<InterfaceRecipe> = fc.record({
  definitions: fc.array(aDefinition, { minLength: 1, maxLength: 6 }),
  functions: fc.array(aFunction, { maxLength: 4 }),
});

const direction = fc.constantFrom(["import"], ["export"], ["import", "export"]);

/** WIT source of one world, in a package without a version so that core names are plain. */
export const anyWit: fc.Arbitrary<string> = fc
  .record({
    a: anInterface,
    b: anInterface,
    world: anInterface,
    directionA: direction,
    directionB: direction,
  })
  .map(({ a, b, world, directionA, directionB }) => {
    const namesA: Names = { types: [], resources: [] };
    const textA = printInterface(a, namesA, "a");
    const used = [...namesA.types, ...namesA.resources];
    const namesB: Names = { types: [...namesA.types], resources: [...namesA.resources] };
    const textB = printInterface(b, namesB, "b");
    const inWorld: Names = { types: [...namesA.types], resources: [...namesA.resources] };
    const types = world.definitions
      .filter((definition) => definition.kind !== "resource")
      .map((definition, i) => printDefinition(definition, `w-${i}`, inWorld));
    const functions = world.functions.map(
      (f, i) => `${i % 2 ? "import" : "export"} w-call${i}: ${printFunction(f, inWorld)};`,
    );
    const items = [
      ...directionA.map((verb) => `${verb} a;`),
      ...directionB.map((verb) => `${verb} b;`),
      `use a.{${used.join(", ")}};`,
      ...types,
      ...functions,
    ];
    return `package test:random;
      interface a { ${textA} }
      interface b { use a.{${used.join(", ")}}; ${textB} }
      world w { ${items.join("\n")} }`;
  });

interface Names {
  readonly types: string[];
  readonly resources: string[];
}

function printInterface(made: InterfaceRecipe, names: Names, prefix: string): string {
  const definitions = made.definitions.map((d, i) => printDefinition(d, `${prefix}-${d.kind}${i}`, names));
  const functions = made.functions.map((f, i) => `${prefix}-call${i}: ${printFunction(f, names)};`);
  return [...definitions, ...functions].join("\n");
}

function printDefinition(definition: DefinitionRecipe, name: string, names: Names): string {
  const text = definitionText(definition, name, names);
  if (definition.kind === "resource") names.resources.push(name);
  else names.types.push(name);
  return text;
}

function definitionText(definition: DefinitionRecipe, name: string, names: Names): string {
  switch (definition.kind) {
    case "record":
      return `record ${name} { ${definition.of.map((t, i) => `f${i}: ${print(t, names)}`).join(", ")} }`;
    case "variant":
      return `variant ${name} { ${definition.of.map((t, i) => `c${i}${t ? `(${print(t, names)})` : ""}`).join(", ")} }`;
    case "enum":
    case "flags":
      return `${definition.kind} ${name} { ${Array.from({ length: definition.count }, (_, i) => `n${i}`).join(", ")} }`;
    case "type":
      return `type ${name} = ${print(definition.of, names)};`;
    case "resource": {
      const methods = definition.methods.map((f, i) => `m${i}: ${printFunction(f, names)};`);
      return `resource ${name} { constructor(); ${methods.join(" ")} open: static func() -> ${name}; }`;
    }
  }
}

function printFunction({ parameters, result }: FunctionRecipe, names: Names): string {
  const list = parameters.map((p, i) => {
    if (p.kind !== "borrow") return `p${i}: ${print(p, names)}`;
    const { resources } = names;
    return `p${i}: ${resources.length > 0 ? `borrow<${resources[p.pick % resources.length]}>` : "u8"}`;
  });
  return `func(${list.join(", ")})${result ? ` -> ${print(result, names)}` : ""}`;
}

function print(type: Recipe, names: Names): string {
  switch (type.kind) {
    case "primitive":
      return type.name;
    case "named": {
      const all = [...names.types, ...names.resources];
      return all[type.pick % Math.max(1, all.length)] ?? "string";
    }
    case "list":
      return `list<${print(type.of, names)}${type.length === undefined ? "" : `, ${type.length}`}>`;
    case "tuple":
      return `tuple<${type.of.map((t) => print(t, names)).join(", ")}>`;
    case "option":
      return `option<${print(type.of, names)}>`;
    case "result": {
      if (!type.ok && !type.err) return "result";
      return `result<${type.ok ? print(type.ok, names) : "_"}${type.err ? `, ${print(type.err, names)}` : ""}>`;
    }
  }
}
