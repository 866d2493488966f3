/**
 * Lowering as AssemblyScript: statements and expressions that put values where the canonical ABI wants them. `value` is
 * always a name or a field path, free to repeat.
 */
import { type CasesPlan, join, payloadOf, tagOf } from "./emit-cases.ts";
import { type EmittedHelpers, fn } from "./emit-helpers.ts";
import type { ValuePlan } from "./instructions.ts";

type ListPlan = ValuePlan & { op: "list" | "fixed-list" };

export class EmittedLowering {
  readonly #helpers: EmittedHelpers;

  constructor(helpers: EmittedHelpers) {
    this.#helpers = helpers;
  }

  store(plan: ValuePlan, value: string, base: string, offset: number): string[] {
    switch (plan.op) {
      case "scalar":
        return [`store<${plan.memory}>(${base}, <${plan.memory}>${this.#checked(plan, value)}, ${offset});`];
      case "handle":
        return [`store<i32>(${base}, ${this.#helpers.handle(plan.lower, value)}, ${offset});`];
      case "string":
      case "numbers":
      case "list": {
        const [pointer, length] = this.#putList(plan, value);
        return [
          `store<usize>(${base}, ${pointer}, ${offset});`,
          `store<i32>(${base}, ${length}, ${offset + 4});`,
        ];
      }
      default: {
        const store = this.#helpers.helper("store", plan, (name) => this.#storeHelper(plan, name));
        return [`${store}(${value}, ${base} + ${offset});`];
      }
    }
  }

  /** A number, once it is known to be a value of its type: what it would be cut to might be one by chance. */
  #checked({ range, as }: ValuePlan & { op: "scalar" }, value: string): string {
    if (!range) return value;
    const name = spoken(as);
    switch (range.kind) {
      case "enum":
        return `${this.#helpers.use("enumValue")}(<i32>${value}, ${range.count}, "${name}")`;
      case "flags":
        return `${this.#helpers.use("flagsValue")}(<i32>${value}, ${range.mask}, "${name}")`;
      case "char":
        return `${this.#helpers.use("charValue")}(<i32>${value})`;
    }
  }

  #checkLength({ as, length }: ValuePlan & { op: "fixed-list" }, value: string): string {
    return `if (${value}.length != ${length}) ${this.#helpers.use("refuseLength")}(${value}.length, ${length}, "${spoken(as)}");`;
  }

  /**
   * Check against null: what was never set is null whatever its type says, and would be sent as an object at the
   * beginning of memory: numbers from there, the trap of another's line, or a resource that fails when it is used.
   */
  refuseNull(plan: ValuePlan, value: string): string[] {
    if (!isReference(plan)) return [];
    return [`if (!changetype<usize>(${value})) ${this.#helpers.use("refuseNull")}();`];
  }

  /** `new Array<Item>(3)` begins with holes, which would be read as objects at the beginning of memory. */
  #refuseHole({ as, element }: ListPlan, index: string, item = "item"): string[] {
    if (!isReference(element)) return [];
    return [
      `if (!changetype<usize>(${item})) ${this.#helpers.use("refuseHole")}(${index}, "${spoken(as)}");`,
    ];
  }

  #putList(plan: ValuePlan & { op: "string" | "numbers" | "list" }, value: string): [string, string] {
    if (plan.op === "string") return [`changetype<usize>(${value})`, `${value}.length`];
    if (plan.op === "numbers") return [`${value}.dataStart`, `${value}.length`];
    const put = this.#helpers.helper("putList", plan, (name) =>
      fn(name, `list: ${plan.as}`, "usize", [
        "const length = list.length;",
        `const to = ${this.#helpers.use("allocate")}(<usize>length * ${plan.elementSize});`,
        "for (let i = 0; i < length; ++i) {",
        "  const item = unchecked(list[i]);",
        ...this.#refuseHole(plan, "i").map((s) => `  ${s}`),
        ...this.store(plan.element, "item", `(to + <usize>i * ${plan.elementSize})`, 0).map((s) => `  ${s}`),
        "}",
        "return to;",
      ]),
    );
    return [`${put}(${value})`, `${value}.length`];
  }

  #storeHelper(plan: ValuePlan, name: string): string {
    const body = (): string[] => {
      switch (plan.op) {
        case "fields":
          return plan.fields.flatMap((f) => [
            ...this.refuseNull(f.plan, `value.${f.accessor}`),
            ...this.store(f.plan, `value.${f.accessor}`, "to", f.offset),
          ]);
        case "fixed-list":
          return [
            this.#checkLength(plan, "value"),
            `for (let i = 0; i < ${plan.length}; ++i) {`,
            "  const item = unchecked(value[i]);",
            ...this.#refuseHole(plan, "i").map((s) => `  ${s}`),
            ...this.store(plan.element, "item", `(to + <usize>i * ${plan.elementSize})`, 0).map(
              (s) => `  ${s}`,
            ),
            "}",
          ];
        case "cases":
          return [
            `const tag = ${tagOf(plan, "value")};`,
            `store<${plan.discriminant}>(to, <${plan.discriminant}>tag);`,
            ...this.#eachCase(plan, "value", "tag", (payload, item) =>
              this.store(payload, item, "to", plan.payloadOffset),
            ),
          ];
        default:
          throw new TypeError(plan.op);
      }
    };
    return fn(name, `value: ${plan.as}, to: usize`, "void", body());
  }

  /** Statements into `body`, and the flat values as expressions. */
  lowerFlat(plan: ValuePlan, value: string, body: string[]): string[] {
    switch (plan.op) {
      case "scalar":
        return [`<${plan.flat[0]}>${this.#checked(plan, value)}`];
      case "handle":
        return [this.#helpers.handle(plan.lower, value)];
      case "string":
      case "numbers":
      case "list":
        return this.#putList(plan, value).map((text) => `<i32>${text}`);
      case "fields":
        return plan.fields.flatMap((f) => {
          body.push(...this.refuseNull(f.plan, `${value}.${f.accessor}`));
          return this.lowerFlat(f.plan, `${value}.${f.accessor}`, body);
        });
      case "fixed-list": {
        body.push(this.#checkLength(plan, value));
        return Array.from({ length: plan.length }, (_, i) => {
          const item = this.#helpers.temporary();
          body.push(`const ${item} = unchecked(${value}[${i}]);`, ...this.#refuseHole(plan, `${i}`, item));
          return this.lowerFlat(plan.element, item, body);
        }).flat();
      }
      case "cases": {
        const names = plan.flat.map(() => this.#helpers.temporary());
        const outer = this.#helpers.temporary();
        body.push(
          `const ${outer} = ${value};`,
          `const ${names[0]} = ${tagOf(plan, outer)};`,
          ...plan.flat.slice(1).map((core, i) => `let ${names[i + 1]}: ${core} = 0;`),
          ...this.#eachCase(plan, outer, names[0]!, (payload, item) => {
            const inner: string[] = [];
            const flat = this.lowerFlat(payload, item, inner);
            const assignments = flat.map(
              (text, i) => `${names[i + 1]} = ${join(text, payload.flat[i]!, plan.flat[i + 1]!)};`,
            );
            return [...inner, ...assignments];
          }),
        );
        return names;
      }
    }
  }

  #eachCase(
    plan: CasesPlan,
    value: string,
    tag: string,
    lower: (payload: ValuePlan, item: string) => string[],
  ): string[] {
    return plan.cases.flatMap((c, i) => {
      if (!c.payload) return [];
      const item = this.#helpers.temporary();
      const refuseNull = plan.representation.kind === "nullable" ? [] : this.refuseNull(c.payload, item);
      const lines = [
        `const ${item} = ${payloadOf(plan, c, i, value)};`,
        ...refuseNull,
        ...lower(c.payload, item),
      ];
      return [`if (${tag} == ${i}) {`, ...lines.map((line) => `  ${line}`), "}"];
    });
  }
}

/** True for a plan whose AssemblyScript type is a class that can't be null. */
function isReference(plan: ValuePlan): boolean {
  return plan.op !== "scalar" && !(plan.op === "cases" && plan.representation.kind === "nullable");
}

/** The type as the author writes it. */
function spoken(type: string): string {
  return type.replace(/\$\d+/g, "");
}
