import { type CasesPlan, join, make, payloadOf, tagOf, unjoin } from "./emit-cases.ts";
import type { FunctionPlan, GlueCall, Plan } from "./instructions.ts";

/**
 * Prints plans as AssemblyScript. Composite types get one function each for each way they are needed (loaded from
 * memory, stored, lifted from flat values), so text stays linear in the number of types; the optimizer inlines.
 * All of it is for one module, the glue; other modules import the functions they use from it.
 */
export class Emitter {
  readonly #helpers = new Map<string, string>();
  readonly #texts: string[] = [];
  #used = new Set<string>();
  #temporaries = 0;

  /** The text of all helper functions asked for so far. */
  get helpers(): readonly string[] {
    return this.#texts;
  }

  /** The helper names used by what was printed since the last call of this. */
  takeUsed(): string[] {
    const used = [...this.#used];
    this.#used = new Set();
    return used;
  }

  /**
   * The body of a function that a core module exports: lifts its parameters, calls, lowers the result. A `.method`
   * is one of the first parameter.
   */
  exported(plan: FunctionPlan, callee: string): string[] {
    const body: string[] = [];
    const names = plan.parameters.map((parameter, i) => {
      body.push(`const p${i} = ${this.#incoming(plan, i, parameter)};`);
      return `p${i}`;
    });
    if (plan.core.indirectParameters) body.push(`${this.use("takeBlock")}(a0, ${plan.parameterBytes});`);
    const call = callee.startsWith(".")
      ? `${names[0]}${callee}(${names.slice(1).join(", ")})`
      : `${callee}(${names.join(", ")})`;
    const { result } = plan;
    const returnLent = plan.borrows ? [`${this.use("returnLent")}();`] : [];
    if (!result) return [...body, `${call};`, ...returnLent, `${this.use("collectWhenDue")}();`];
    body.push(`const result = ${call};`, ...this.#refuseNull(result, "result"));
    if (!plan.core.indirectResult) {
      const flat = this.lowerFlat(result, "result", body);
      body.push(`const flat = ${flat[0]};`, ...returnLent);
      body.push(`${this.use("collectWhenDue")}();`, "return flat;");
      return body;
    }
    const area = this.use("resultArea");
    if (plan.postReturn) body.push(`${this.use("keep")}(result);`);
    // What post-return releases must outlive this call: then it is post-return that collects.
    const collect = this.use(plan.postReturn ? "collectUnderTorture" : "collectWhenDue");
    body.push(...this.#store(result, "result", area, 0), ...returnLent, `${collect}();`, `return ${area};`);
    return body;
  }

  /** The body of a function that calls an imported core function: lowers its parameters, calls, lifts the result. */
  imported(plan: FunctionPlan, names: readonly string[], callee: string): string[] {
    const body: string[] = [];
    const args: string[] = [];
    if (plan.core.indirectParameters) {
      const area = this.use("parameterArea");
      for (const [i, p] of plan.parameters.entries())
        body.push(...this.#refuseNull(p.plan, names[i]!), ...this.#store(p.plan, names[i]!, area, p.offset));
      args.push(`<i32>${area}`);
    } else {
      for (const [i, p] of plan.parameters.entries()) {
        body.push(...this.#refuseNull(p.plan, names[i]!));
        args.push(...this.lowerFlat(p.plan, names[i]!, body));
      }
    }
    const { result } = plan;
    if (plan.core.indirectResult) args.push(`<i32>${this.use("resultArea")}`);
    const direct = result && !plan.core.indirectResult;
    body.push(
      `${this.use("collectUnderTorture")}();`,
      `${direct ? "const r0 = " : ""}${callee}(${args.join(", ")});`,
      `${this.use("collectUnderTorture")}();`,
      `${this.use("freeBlocks")}();`,
    );
    if (result)
      body.push(`return ${direct ? this.#liftFlat(result, ["r0"]) : this.#load(result, "resultArea", 0)};`);
    return body;
  }

  #incoming(plan: FunctionPlan, index: number, { plan: value, offset }: FunctionPlan["parameters"][number]) {
    if (plan.core.indirectParameters) return this.#load(value, "a0", offset);
    const first = plan.parameters.slice(0, index).reduce((count, p) => count + p.plan.flat.length, 0);
    return this.#liftFlat(
      value,
      value.flat.map((_, i) => `a${first + i}`),
    );
  }

  /** Notes that what is printed uses a function of the glue. */
  use(name: string): string {
    this.#used.add(name);
    return name;
  }

  /** The name of the helper with this key, printed first where it is new. */
  #helper(kind: string, plan: Plan, print: (name: string) => string): string {
    const key = `${kind} ${keyOf(plan)}`;
    let name = this.#helpers.get(key);
    if (!name) {
      name = `${kind}${this.#helpers.size}`;
      this.#helpers.set(key, name);
      const outer = this.#used;
      this.#texts.push(print(name));
      this.#used = outer;
    }
    return this.use(name);
  }

  #temporary(): string {
    return `t${this.#temporaries++}`;
  }

  // Lifting: canonical ABI → AssemblyScript.

  #load(plan: Plan, base: string, offset: number): string {
    switch (plan.op) {
      case "scalar":
        return `<${plan.as}>load<${plan.memory}>(${base}, ${offset})`;
      case "string":
        return `${this.use("takeString")}(load<usize>(${base}, ${offset}), load<i32>(${base}, ${offset + 4}))`;
      case "handle":
        return this.#handle(plan.lift, `load<i32>(${base}, ${offset})`);
      case "numbers":
      case "list":
        return this.#takeList(plan, `load<usize>(${base}, ${offset})`, `load<i32>(${base}, ${offset + 4})`);
      default: {
        const load = this.#helper("load", plan, (name) => this.#loadHelper(plan, name));
        return `${load}(${base} + ${offset})`;
      }
    }
  }

  #handle(call: GlueCall, value: string): string {
    return `${this.use(call.function)}${call.typeArguments}(${value})`;
  }

  #takeList(plan: Plan & { op: "numbers" | "list" }, from: string, length: string): string {
    if (plan.op === "numbers") return `${this.use("takeNumbers")}<${plan.as}>(${from}, ${length})`;
    const take = this.#helper("takeList", plan, (name) =>
      fn(name, "from: usize, length: i32", plan.as, [
        `const list = new ${plan.as}(length);`,
        `for (let i = 0; i < length; ++i) unchecked(list[i] = ${this.#load(plan.element, `(from + <usize>i * ${plan.elementSize})`, 0)});`,
        `${this.use("takeBlock")}(from, <usize>length * ${plan.elementSize});`,
        "return list;",
      ]),
    );
    return `${take}(${from}, ${length})`;
  }

  #loadHelper(plan: Plan, name: string): string {
    const body = (): string[] => {
      switch (plan.op) {
        case "fields": {
          const values = plan.fields.map((f) => this.#load(f.plan, "from", f.offset));
          return [`return new ${plan.as}(${values.join(", ")});`];
        }
        case "fixed-list":
          return [
            ...newFixedList(plan),
            `for (let i = 0; i < ${plan.length}; ++i) list[i] = ${this.#load(plan.element, `(from + <usize>i * ${plan.elementSize})`, 0)};`,
            "return list;",
          ];
        case "cases":
          return this.#liftCases(plan, `load<${plan.discriminant}>(from)`, (payload) =>
            this.#load(payload, "from", plan.payloadOffset),
          );
        default:
          throw new TypeError(plan.op);
      }
    };
    return fn(name, "from: usize", plan.as, body());
  }

  #liftFlat(plan: Plan, flat: readonly string[]): string {
    switch (plan.op) {
      case "scalar":
        return `<${plan.as}>${flat[0]}`;
      case "string":
        return `${this.use("takeString")}(${flat[0]}, ${flat[1]})`;
      case "handle":
        return this.#handle(plan.lift, flat[0]!);
      case "numbers":
      case "list":
        return this.#takeList(plan, flat[0]!, flat[1]!);
      default: {
        const lift = this.#helper("lift", plan, (name) => this.#liftHelper(plan, name));
        return `${lift}(${flat.join(", ")})`;
      }
    }
  }

  #liftHelper(plan: Plan, name: string): string {
    const flat = plan.flat.map((_, i) => `a${i}`);
    const parameters = plan.flat.map((core, i) => `a${i}: ${core}`).join(", ");
    const body = (): string[] => {
      switch (plan.op) {
        case "fields": {
          let at = 0;
          const values = plan.fields.map((f) => {
            const own = flat.slice(at, at + f.plan.flat.length);
            at += own.length;
            return this.#liftFlat(f.plan, own);
          });
          return [`return new ${plan.as}(${values.join(", ")});`];
        }
        case "fixed-list": {
          const each = plan.element.flat.length;
          const items = Array.from({ length: plan.length }, (_, i) => i);
          return [
            ...newFixedList(plan),
            ...items.map(
              (i) => `list[${i}] = ${this.#liftFlat(plan.element, flat.slice(i * each, (i + 1) * each))};`,
            ),
            "return list;",
          ];
        }
        case "cases":
          return this.#liftCases(plan, "a0", (payload) =>
            this.#liftFlat(
              payload,
              payload.flat.map((core, i) => unjoin(flat[i + 1]!, plan.flat[i + 1]!, core)),
            ),
          );
        default:
          throw new TypeError(plan.op);
      }
    };
    return fn(name, parameters, plan.as, body());
  }

  #liftCases(plan: CasesPlan, tag: string, payloadOf: (payload: Plan) => string): string[] {
    const last = plan.cases.length - 1;
    const makes = plan.cases.map((c, i) => make(plan, i, c.payload && payloadOf(c.payload)));
    if (last === 0) return [`return ${makes[0]};`];
    return [
      `switch (<i32>${tag}) {`,
      ...makes.map((value, i) => `  ${i === last ? "default" : `case ${i}`}: return ${value};`),
      "}",
    ];
  }

  // Lowering: AssemblyScript → canonical ABI. `value` is always a name or a field path, free to repeat.

  #store(plan: Plan, value: string, base: string, offset: number): string[] {
    switch (plan.op) {
      case "scalar":
        return [`store<${plan.memory}>(${base}, <${plan.memory}>${this.#checked(plan, value)}, ${offset});`];
      case "handle":
        return [`store<i32>(${base}, ${this.#handle(plan.lower, value)}, ${offset});`];
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
        const store = this.#helper("store", plan, (name) => this.#storeHelper(plan, name));
        return [`${store}(${value}, ${base} + ${offset});`];
      }
    }
  }

  /** A number, once it is known to be a value of its type: what it would be cut to might be one by chance. */
  #checked({ range, as }: Plan & { op: "scalar" }, value: string): string {
    if (!range) return value;
    const name = spoken(as);
    switch (range.kind) {
      case "enum":
        return `${this.use("enumValue")}(<i32>${value}, ${range.count}, "${name}")`;
      case "flags":
        return `${this.use("flagsValue")}(<i32>${value}, ${range.mask}, "${name}")`;
      case "char":
        return `${this.use("charValue")}(<i32>${value})`;
    }
  }

  #checkLength({ as, length }: Plan & { op: "fixed-list" }, value: string): string {
    return `if (${value}.length != ${length}) ${this.use("refuseLength")}(${value}.length, ${length}, "${spoken(as)}");`;
  }

  /**
   * What was never set is null whatever its type says, and would be sent as an object at the beginning of memory: numbers
   * from there, the trap of another's line, or a resource that fails when it is used.
   */
  #refuseNull(plan: Plan, value: string): string[] {
    if (!isReference(plan)) return [];
    return [`if (!changetype<usize>(${value})) ${this.use("refuseNull")}();`];
  }

  /** `new Array<Item>(3)` begins with holes, which would be read as objects at the beginning of memory. */
  #refuseHole({ as, element }: ListPlan, index: string, item = "item"): string[] {
    if (!isReference(element)) return [];
    return [`if (!changetype<usize>(${item})) ${this.use("refuseHole")}(${index}, "${spoken(as)}");`];
  }

  #putList(plan: Plan & { op: "string" | "numbers" | "list" }, value: string): [string, string] {
    if (plan.op === "string") return [`changetype<usize>(${value})`, `${value}.length`];
    if (plan.op === "numbers") return [`${value}.dataStart`, `${value}.length`];
    const put = this.#helper("putList", plan, (name) =>
      fn(name, `list: ${plan.as}`, "usize", [
        "const length = list.length;",
        `const to = ${this.use("allocate")}(<usize>length * ${plan.elementSize});`,
        "for (let i = 0; i < length; ++i) {",
        "  const item = unchecked(list[i]);",
        ...this.#refuseHole(plan, "i").map((s) => `  ${s}`),
        ...this.#store(plan.element, "item", `(to + <usize>i * ${plan.elementSize})`, 0).map((s) => `  ${s}`),
        "}",
        "return to;",
      ]),
    );
    return [`${put}(${value})`, `${value}.length`];
  }

  #storeHelper(plan: Plan, name: string): string {
    const body = (): string[] => {
      switch (plan.op) {
        case "fields":
          return plan.fields.flatMap((f) => [
            ...this.#refuseNull(f.plan, `value.${f.accessor}`),
            ...this.#store(f.plan, `value.${f.accessor}`, "to", f.offset),
          ]);
        case "fixed-list":
          return [
            this.#checkLength(plan, "value"),
            `for (let i = 0; i < ${plan.length}; ++i) {`,
            "  const item = unchecked(value[i]);",
            ...this.#refuseHole(plan, "i").map((s) => `  ${s}`),
            ...this.#store(plan.element, "item", `(to + <usize>i * ${plan.elementSize})`, 0).map(
              (s) => `  ${s}`,
            ),
            "}",
          ];
        case "cases":
          return [
            `const tag = ${tagOf(plan, "value")};`,
            `store<${plan.discriminant}>(to, <${plan.discriminant}>tag);`,
            ...this.#eachCase(plan, "value", "tag", (payload, item) =>
              this.#store(payload, item, "to", plan.payloadOffset),
            ),
          ];
        default:
          throw new TypeError(plan.op);
      }
    };
    return fn(name, `value: ${plan.as}, to: usize`, "void", body());
  }

  /** Statements into `body`, and the flat values as expressions. */
  lowerFlat(plan: Plan, value: string, body: string[]): string[] {
    switch (plan.op) {
      case "scalar":
        return [`<${plan.flat[0]}>${this.#checked(plan, value)}`];
      case "handle":
        return [this.#handle(plan.lower, value)];
      case "string":
      case "numbers":
      case "list":
        return this.#putList(plan, value).map((text) => `<i32>${text}`);
      case "fields":
        return plan.fields.flatMap((f) => {
          body.push(...this.#refuseNull(f.plan, `${value}.${f.accessor}`));
          return this.lowerFlat(f.plan, `${value}.${f.accessor}`, body);
        });
      case "fixed-list": {
        body.push(this.#checkLength(plan, value));
        return Array.from({ length: plan.length }, (_, i) => {
          const item = this.#temporary();
          body.push(`const ${item} = unchecked(${value}[${i}]);`, ...this.#refuseHole(plan, `${i}`, item));
          return this.lowerFlat(plan.element, item, body);
        }).flat();
      }
      case "cases": {
        const names = plan.flat.map(() => this.#temporary());
        const outer = this.#temporary();
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
    lower: (payload: Plan, item: string) => string[],
  ): string[] {
    return plan.cases.flatMap((c, i) => {
      if (!c.payload) return [];
      const item = this.#temporary();
      const refuseNull = plan.representation.kind === "nullable" ? [] : this.#refuseNull(c.payload, item);
      const lines = [
        `const ${item} = ${payloadOf(plan, c, i, value)};`,
        ...refuseNull,
        ...lower(c.payload, item),
      ];
      return [`if (${tag} == ${i}) {`, ...lines.map((line) => `  ${line}`), "}"];
    });
  }
}

/** Same key, same text of helpers: the type as written, and how long where that is not written. */
function keyOf(plan: Plan): string {
  switch (plan.op) {
    case "list":
      return `${plan.as} [${keyOf(plan.element)}]`;
    case "fixed-list":
      return `${plan.as} [${keyOf(plan.element)}; ${plan.length}]`;
    case "fields":
      return `${plan.as} {${plan.fields.map((f) => keyOf(f.plan)).join()}}`;
    case "cases":
      return `${plan.as} <${plan.cases.map((c) => (c.payload ? keyOf(c.payload) : "")).join()}>`;
    case "scalar":
      // A char and an s32 are the same to AssemblyScript.
      return `${plan.as}:${plan.memory}${plan.range?.kind ?? ""}`;
    case "handle":
      return `${plan.as}:${plan.lift.function}`;
    default:
      return plan.as;
  }
}

type ListPlan = Plan & { op: "list" | "fixed-list" };

/** Whether its AssemblyScript type is a class that can't be null. */
function isReference(plan: Plan): boolean {
  return plan.op !== "scalar" && !(plan.op === "cases" && plan.representation.kind === "nullable");
}

/** As the author writes it. */
function spoken(type: string): string {
  return type.replace(/\$\d+/g, "");
}

function newFixedList(plan: Plan & { op: "fixed-list" }): string[] {
  return [`const list = new ${plan.as}(${plan.length});`];
}

function fn(name: string, parameters: string, result: string, body: readonly string[]): string {
  return `export function ${name}(${parameters}): ${result} {\n${body.map((line) => `  ${line}`).join("\n")}\n}`;
}
