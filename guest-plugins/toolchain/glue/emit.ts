import { EmittedHelpers } from "./emit-helpers.ts";
import { EmittedLifting } from "./emit-lifting.ts";
import { EmittedLowering } from "./emit-lowering.ts";
import type { GlueFunctionPlan } from "./instructions.ts";

/**
 * Emitter of plans as AssemblyScript. All of it is for one module, the glue; other modules import the functions they use
 * from it. The optimizer inlines.
 */
export class Emitter {
  readonly #helpers = new EmittedHelpers();
  readonly #lifting = new EmittedLifting(this.#helpers);
  readonly #lowering = new EmittedLowering(this.#helpers);

  /** Texts of all helper functions asked for so far. */
  get helpers(): readonly string[] {
    return this.#helpers.texts;
  }

  /** Notes that what is printed uses a function of the glue. */
  use(name: string): string {
    return this.#helpers.use(name);
  }

  /** Names of the glue's functions used by what was printed since the last call of this. */
  takeUsed(): string[] {
    return this.#helpers.takeUsed();
  }

  /**
   * The body of a function that a core module exports: lifts its parameters, calls, lowers the result. A `.method`
   * is one of the first parameter.
   */
  exported(plan: GlueFunctionPlan, callee: string): string[] {
    const body: string[] = [];
    const names = plan.parameters.map((parameter, i) => {
      body.push(`const p${i} = ${this.#incoming(plan, i, parameter)};`);
      return `p${i}`;
    });
    if (plan.core.indirectParameters)
      body.push(`${this.#helpers.use("takeBlock")}(a0, ${plan.parameterBytes});`);
    const call = callee.startsWith(".")
      ? `${names[0]}${callee}(${names.slice(1).join(", ")})`
      : `${callee}(${names.join(", ")})`;
    const { result } = plan;
    const returnLent = plan.borrows ? [`${this.#helpers.use("returnLent")}();`] : [];
    if (!result) return [...body, `${call};`, ...returnLent, `${this.#helpers.use("collectWhenDue")}();`];
    body.push(`const result = ${call};`, ...this.#lowering.refuseNull(result, "result"));
    if (!plan.core.indirectResult) {
      const flat = this.#lowering.lowerFlat(result, "result", body);
      body.push(`const flat = ${flat[0]};`, ...returnLent);
      body.push(`${this.#helpers.use("collectWhenDue")}();`, "return flat;");
      return body;
    }
    const area = this.#helpers.use("resultArea");
    if (plan.postReturn) body.push(`${this.#helpers.use("keep")}(result);`);
    // What post-return releases must outlive this call: then it is post-return that collects.
    const collect = this.#helpers.use(plan.postReturn ? "collectUnderTorture" : "collectWhenDue");
    body.push(
      ...this.#lowering.store(result, "result", area, 0),
      ...returnLent,
      `${collect}();`,
      `return ${area};`,
    );
    return body;
  }

  /** The body of a function that calls an imported core function: lowers its parameters, calls, lifts the result. */
  imported(plan: GlueFunctionPlan, names: readonly string[], callee: string): string[] {
    const body: string[] = [];
    const args: string[] = [];
    if (plan.core.indirectParameters) {
      const area = this.#helpers.use("parameterArea");
      for (const [i, p] of plan.parameters.entries())
        body.push(
          ...this.#lowering.refuseNull(p.plan, names[i]!),
          ...this.#lowering.store(p.plan, names[i]!, area, p.offset),
        );
      args.push(`<i32>${area}`);
    } else {
      for (const [i, p] of plan.parameters.entries()) {
        body.push(...this.#lowering.refuseNull(p.plan, names[i]!));
        args.push(...this.#lowering.lowerFlat(p.plan, names[i]!, body));
      }
    }
    const { result } = plan;
    if (plan.core.indirectResult) args.push(`<i32>${this.#helpers.use("resultArea")}`);
    const direct = result && !plan.core.indirectResult;
    body.push(
      `${this.#helpers.use("collectUnderTorture")}();`,
      `${direct ? "const r0 = " : ""}${callee}(${args.join(", ")});`,
      `${this.#helpers.use("collectUnderTorture")}();`,
      `${this.#helpers.use("freeBlocks")}();`,
    );
    if (result)
      body.push(
        `return ${direct ? this.#lifting.liftFlat(result, ["r0"]) : this.#lifting.load(result, "resultArea", 0)};`,
      );
    return body;
  }

  #incoming(
    plan: GlueFunctionPlan,
    index: number,
    { plan: value, offset }: GlueFunctionPlan["parameters"][number],
  ) {
    if (plan.core.indirectParameters) return this.#lifting.load(value, "a0", offset);
    const first = plan.parameters.slice(0, index).reduce((count, p) => count + p.plan.flat.length, 0);
    return this.#lifting.liftFlat(
      value,
      value.flat.map((_, i) => `a${first + i}`),
    );
  }
}
