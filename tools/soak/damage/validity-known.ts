import type { ComponentDefinition } from "../../../host/component/definition.ts";

/**
 * Where Hotcell and the validator of wasm-tools differ about a component, and who is right. `spec` is the text of the
 * component model (Explainer.md, Binary.md, CanonicalABI.md) or of core WebAssembly.
 */
export interface Disagreement {
  readonly name: string;
  /** Our refusal (code and message), or `accepted`. */
  readonly ours: RegExp;
  /** wasm-tools' objection, or `accepted`. */
  readonly theirs: RegExp;
  /** Whether the component is one that this can be about, where the words alone could mean more. */
  readonly about?: (definition: ComponentDefinition) => boolean;
  readonly right: "Hotcell" | "wasm-tools" | "both";
  readonly why: string;
}

export const disagreements: readonly Disagreement[] = [
  {
    name: "a feature that Hotcell does not run",
    ours: /^unsupported-feature/,
    theirs: /^accepted$/,
    right: "both",
    why: "It is refused by name: asynchronous components, threads, values, 64-bit memories in the canonical ABI, …",
  },
  {
    name: "more than Hotcell's limits",
    ours: /^component-limit/,
    theirs: /^accepted$/,
    right: "both",
    why: "Limits of the host are no rules of the format.",
  },
  {
    name: "limits that are wasm-tools' own",
    ours: /^accepted$/,
    theirs: /count exceeds limit|^minimum table size is out of bounds|^effective type size exceeds/,
    right: "both",
    why: "Limits of an implementation are no rules of the format.",
  },
  {
    name: "names that differ in hyphens before digits only",
    ours: /^accepted$/,
    theirs: /conflicts with previous/,
    right: "Hotcell",
    why: "Explainer.md, Name Uniqueness, lowers upper case and no more: `a1` and `a-1` are two names.",
  },
  {
    name: "an immutable global of a subtype",
    ours: /^accepted$/,
    theirs: /expected global type/,
    right: "Hotcell",
    why: "Core spec, Matching / Global Types: `const` types match covariantly; engines link them.",
  },
  {
    name: "a tag of a subtype",
    ours: /of another type|another type/,
    theirs: /^accepted$/,
    right: "Hotcell",
    why: "Core spec, Matching / Tag Types: the types must match in both directions; engines refuse to link them.",
  },
  {
    name: "canonical versions without a suffix",
    ours: /^accepted$/,
    theirs: /invalid interface version/,
    right: "Hotcell",
    why: "Explainer.md, `interfaceversion`: `@1` and `@0.2` are versions; the suffix is an attribute that may be there.",
  },
  {
    name: "a version suffix of what is no instance",
    ours: /^accepted$/,
    theirs: /only instances can have an `versionsuffix`/,
    right: "Hotcell",
    why: "Binary.md asks for a version in the name, not for an instance.",
  },
  {
    name: "a version suffix without a version, or a version that is none in `implements`",
    ours: /has no valid version|is not an interface name/,
    theirs: /^accepted$/,
    right: "Hotcell",
    why: "Binary.md: a suffix follows a canonical version, and `implements` takes an `<interfacename>`.",
  },
  {
    name: "a resource that is exported after what uses it",
    ours: /^invalid-component: .* export ".*" uses a type that has no name outside the component/,
    theirs: /^accepted$/,
    right: "Hotcell",
    why: "Binary.md: the resources of an export's type are introduced by a preceding declaration.",
  },
  {
    name: "keys of maps",
    ours: /a map's key can't be of this type/,
    theirs: /^accepted$/,
    right: "Hotcell",
    why: "Binary.md: `if k is in <keytype>`; wasm-tools takes any type.",
  },
  {
    name: "an instance type as a type that is imported or exported",
    ours: /^accepted$/,
    theirs: /^type not valid to be used as (?:import|export)/,
    about: namesInstanceType,
    right: "Hotcell",
    why: "The resources and records that its own exports use are named by them; wasm-tools looks outside only.",
  },
  {
    name: "an export that says of a resource only that it is one",
    ours: /^accepted$/,
    theirs: /^ascribed type of export is not compatible with item's type\s+resource types are not the same/,
    right: "Hotcell",
    why: "Explainer.md, Type Definitions, has it as an example: the `eq` bound is replaced by a less precise `sub`.",
  },
  {
    name: "a method of a resource under another of its names",
    ours: /^accepted$/,
    theirs: /function does not match expected resource name/,
    right: "Hotcell",
    why: "Two names of a resource are one type (Binary.md, `(eq i)`), so either may stand for `$R`.",
  },
  {
    name: "a marked non-final subtype in a module type",
    ours: /^accepted$/,
    theirs: /invalid leading byte \(0x0\)/,
    right: "both",
    why: "Binary.md writes `0x00 0x50` for every `core:type`; wasm-tools leaves the mark out. Hotcell reads both.",
  },
];

function namesInstanceType({ definitions }: ComponentDefinition): boolean {
  return definitions.some((definition) => {
    if (definition.kind === "component") return namesInstanceType(definition.component);
    if (definition.kind !== "import" && definition.kind !== "export") return false;
    return definition.entity.sort === "type" && definition.entity.entry.sort === "instance";
  });
}
