import { HotcellError, orRaise } from "../errors.ts";

/**
 * The limits that an owner may want to set for one plugin. The rest of `ComponentLimits` is about how the binary is written,
 * which nobody chooses.
 */
export interface StructureLimits {
  /** Bytes of the binary. */
  readonly componentBytes: number;
  /** Core modules in it, at any depth. */
  readonly coreModules: number;
  /**
   * Instances of core modules and components, and bundles of exports: those written down, and those made when it is
   * instantiated, where nested components count as often as they are. Each may have memory of its own.
   */
  readonly instances: number;
  /** Imports, and exports, of one component, module or instance. */
  readonly exports: number;
  /** Depth at which a value type may lie in others (aliases count). */
  readonly typeNesting: number;
}

/**
 * Limits of what one component may hold: well above what compilers emit, low enough that a hostile binary costs well under a
 * second. Counts are for the whole binary, nested components included.
 */
export interface ComponentLimits extends StructureLimits {
  /** Components defined inside it. */
  readonly components: number;
  /** Sections of all components and core modules. */
  readonly sections: number;
  readonly customSections: number;
  /** Bytes of the sections that inspection decodes: not those of code, data, elements and custom sections. */
  readonly definitionBytes: number;
  /** Components inside components, and component or instance types inside one another. */
  readonly nesting: number;
  /** Parts of one type when everything it refers to is written out. */
  readonly typeSize: number;
  /** Definitions of every sort (types, functions, instances, aliases, …). */
  readonly definitions: number;
  /** Types, imports, functions, globals, … of all core modules. */
  readonly coreDefinitions: number;
  /** Bytes of one name. */
  readonly nameBytes: number;
  /** Parameters, and results, of one function. */
  readonly parameters: number;
  /** Fields of one record, cases of one variant, … */
  readonly parts: number;
  /** Steps that checking types may take: comparing, substituting, looking for unnamed types. */
  readonly work: number;
}

const MiB = 1024 * 1024;

export const defaultComponentLimits: ComponentLimits = {
  componentBytes: 32 * MiB,
  coreModules: 100,
  instances: 1_000,
  exports: 10_000,
  typeNesting: 100,
  components: 1_000,
  sections: 10_000,
  customSections: 2_000,
  definitionBytes: 2 * MiB,
  nesting: 32,
  typeSize: 200_000,
  definitions: 30_000,
  coreDefinitions: 300_000,
  nameBytes: 10_000,
  parameters: 1_000,
  parts: 10_000,
  work: 100_000,
};

/** Terms by which errors and pages call what is counted. */
export const structureTerms: Record<keyof ComponentLimits, string> = {
  componentBytes: "bytes",
  coreModules: "core modules",
  instances: "instances",
  exports: "imports or exports in one place",
  typeNesting: "levels of value types inside one another",
  components: "nested components",
  sections: "sections",
  customSections: "custom sections",
  definitionBytes: "bytes of types, imports, exports and other definitions",
  nesting: "levels of nested components and types",
  typeSize: "parts in one type",
  definitions: "definitions",
  coreDefinitions: "types, imports, functions, globals and exports of core modules",
  nameBytes: "bytes in one name",
  parameters: "parameters of one function",
  parts: "fields or cases in one type",
  work: "steps to check its types",
};

/** Limits that a plugin's settings have, under the same names. */
const ownersLimits: ReadonlySet<string> = new Set<keyof StructureLimits>([
  "componentBytes",
  "coreModules",
  "instances",
  "exports",
  "typeNesting",
]);

const remedies: { readonly [Name in keyof ComponentLimits]?: string } = {
  componentBytes: "Build it without debug information",
  customSections: "Strip its custom sections",
  instances: "Instantiate shared parts once",
};

type Total = "coreModules" | "instances" | "components" | "definitions" | "coreDefinitions" | "work";

/** Counts what a binary uses against its limits. One for one look at it. */
export class StructureMeter {
  readonly limits: ComponentLimits;
  readonly #used: Record<Total, number> = {
    coreModules: 0,
    instances: 0,
    components: 0,
    definitions: 0,
    coreDefinitions: 0,
    work: 0,
  };

  /** Limits not given are `defaultComponentLimits`. */
  constructor(limits: Partial<ComponentLimits> = {}) {
    this.limits = { ...defaultComponentLimits, ...limits };
  }

  /** Adds to a running total. Throws `component-limit`. */
  spend(what: Total, amount = 1, offset?: number): void {
    this.#used[what] += amount;
    this.check(what, this.#used[what], offset);
  }

  /** Throws `component-limit` when one value exceeds its limit. */
  check(what: keyof ComponentLimits, actual: number, offset?: number): void {
    const limit = this.limits[what];
    if (actual <= limit) return;
    const remedy = remedies[what] ?? "Split the component or simplify its types";
    throw new HotcellError(
      "component-limit",
      `The component has more than ${limit} ${structureTerms[what]}${what === "work" ? "" : ` (${actual})`}.`,
      {
        subject: structureTerms[what],
        limit,
        actual,
        ...(offset !== undefined && { offset }),
        ...(ownersLimits.has(what) ? orRaise(remedy, [what]) : { remedy: `${remedy}.` }),
      },
    );
  }
}
