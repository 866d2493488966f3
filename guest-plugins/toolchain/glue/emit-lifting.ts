/** Lifting as AssemblyScript: expressions that make values of what the canonical ABI has in memory or as flat values. */
import { type CasesPlan, make, unjoin } from "./emit-cases.ts";
import { type EmittedHelpers, fn } from "./emit-helpers.ts";
import type { ValuePlan } from "./instructions.ts";

export class EmittedLifting {
  readonly #helpers: EmittedHelpers;

  constructor(helpers: EmittedHelpers) {
    this.#helpers = helpers;
  }

  load(plan: ValuePlan, base: string, offset: number): string {
    switch (plan.op) {
      case "scalar":
        return `<${plan.as}>load<${plan.memory}>(${base}, ${offset})`;
      case "string":
        return `${this.#helpers.use("takeString")}(load<usize>(${base}, ${offset}), load<i32>(${base}, ${offset + 4}))`;
      case "handle":
        return this.#helpers.handle(plan.lift, `load<i32>(${base}, ${offset})`);
      case "numbers":
      case "list":
        return this.#takeList(plan, `load<usize>(${base}, ${offset})`, `load<i32>(${base}, ${offset + 4})`);
      default: {
        const load = this.#helpers.helper("load", plan, (name) => this.#loadHelper(plan, name));
        return `${load}(${base} + ${offset})`;
      }
    }
  }

  #takeList(plan: ValuePlan & { op: "numbers" | "list" }, from: string, length: string): string {
    if (plan.op === "numbers") return `${this.#helpers.use("takeNumbers")}<${plan.as}>(${from}, ${length})`;
    const take = this.#helpers.helper("takeList", plan, (name) =>
      fn(name, "from: usize, length: i32", plan.as, [
        `const list = new ${plan.as}(length);`,
        `for (let i = 0; i < length; ++i) unchecked(list[i] = ${this.load(plan.element, `(from + <usize>i * ${plan.elementSize})`, 0)});`,
        `${this.#helpers.use("takeBlock")}(from, <usize>length * ${plan.elementSize});`,
        "return list;",
      ]),
    );
    return `${take}(${from}, ${length})`;
  }

  #loadHelper(plan: ValuePlan, name: string): string {
    const body = (): string[] => {
      switch (plan.op) {
        case "fields": {
          const values = plan.fields.map((f) => this.load(f.plan, "from", f.offset));
          return [`return new ${plan.as}(${values.join(", ")});`];
        }
        case "fixed-list":
          return [
            ...newFixedList(plan),
            `for (let i = 0; i < ${plan.length}; ++i) list[i] = ${this.load(plan.element, `(from + <usize>i * ${plan.elementSize})`, 0)};`,
            "return list;",
          ];
        case "cases":
          return this.#liftCases(plan, `load<${plan.discriminant}>(from)`, (payload) =>
            this.load(payload, "from", plan.payloadOffset),
          );
        default:
          throw new TypeError(plan.op);
      }
    };
    return fn(name, "from: usize", plan.as, body());
  }

  liftFlat(plan: ValuePlan, flat: readonly string[]): string {
    switch (plan.op) {
      case "scalar":
        return `<${plan.as}>${flat[0]}`;
      case "string":
        return `${this.#helpers.use("takeString")}(${flat[0]}, ${flat[1]})`;
      case "handle":
        return this.#helpers.handle(plan.lift, flat[0]!);
      case "numbers":
      case "list":
        return this.#takeList(plan, flat[0]!, flat[1]!);
      default: {
        const lift = this.#helpers.helper("lift", plan, (name) => this.#liftHelper(plan, name));
        return `${lift}(${flat.join(", ")})`;
      }
    }
  }

  #liftHelper(plan: ValuePlan, name: string): string {
    const flat = plan.flat.map((_, i) => `a${i}`);
    const parameters = plan.flat.map((core, i) => `a${i}: ${core}`).join(", ");
    const body = (): string[] => {
      switch (plan.op) {
        case "fields": {
          let at = 0;
          const values = plan.fields.map((f) => {
            const own = flat.slice(at, at + f.plan.flat.length);
            at += own.length;
            return this.liftFlat(f.plan, own);
          });
          return [`return new ${plan.as}(${values.join(", ")});`];
        }
        case "fixed-list": {
          const each = plan.element.flat.length;
          const items = Array.from({ length: plan.length }, (_, i) => i);
          return [
            ...newFixedList(plan),
            ...items.map(
              (i) => `list[${i}] = ${this.liftFlat(plan.element, flat.slice(i * each, (i + 1) * each))};`,
            ),
            "return list;",
          ];
        }
        case "cases":
          return this.#liftCases(plan, "a0", (payload) =>
            this.liftFlat(
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

  #liftCases(plan: CasesPlan, tag: string, payloadOf: (payload: ValuePlan) => string): string[] {
    const last = plan.cases.length - 1;
    const makes = plan.cases.map((c, i) => make(plan, i, c.payload && payloadOf(c.payload)));
    if (last === 0) return [`return ${makes[0]};`];
    return [
      `switch (<i32>${tag}) {`,
      ...makes.map((value, i) => `  ${i === last ? "default" : `case ${i}`}: return ${value};`),
      "}",
    ];
  }
}

function newFixedList(plan: ValuePlan & { op: "fixed-list" }): string[] {
  return [`const list = new ${plan.as}(${plan.length});`];
}
