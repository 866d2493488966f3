import { abortMessage } from "../abort-message.ts";
import type { Cell, HostImports } from "../engine.ts";
import { Snapshot } from "../harden/snapshot.ts";
import type { Blueprint } from "./blueprint.ts";
import { CellState } from "./cell-state.ts";
import { ComponentInstance } from "./component-instance.ts";
import { Context, type Realloc } from "./context.ts";
import { allowEntry, type Callable, exportCall, type Guest } from "./export-call.ts";
import type { Drop } from "./guest-resource.ts";
import { hostCall } from "./host-function.ts";
import { callToHost, callToSibling } from "./import-call.ts";
import { fuelImports } from "./meter.ts";
import type { Builtin, CoreItem, FunctionPlan, ResourcePlan, Step } from "./plan.ts";
import { type Destructor, resourceDrop, resourceNew, resourceRep } from "./resource-builtins.ts";
import type { CoreFunction } from "./signature.ts";

/** A cell made by running a plan. The constructor throws `unknown-import`, or TrapError if a start function traps. */
export class DirectCell implements Cell {
  readonly #blueprint: Blueprint;
  readonly #imports: HostImports;
  readonly #state: CellState;
  #saved: Snapshot | undefined;
  readonly #components: ComponentInstance[] = [];
  readonly #callables = new Map<string, Callable>();
  /** Emptied when the cell ends, like the caches below. */
  readonly #core: Readonly<Record<string, unknown>>[] = [];
  readonly #builtins: (CoreFunction | undefined)[] = [];
  readonly #contexts: (Context | undefined)[] = [];

  constructor(blueprint: Blueprint, imports: HostImports, fuel: number) {
    this.#state = new CellState(() => this.#abortReason(), fuel);
    this.#blueprint = blueprint;
    this.#imports = imports;
    const drop: Drop = (type, rep) => this.#drop(type as ResourcePlan, rep);
    for (let i = 0; i < blueprint.plan.components; i++) this.#components.push(new ComponentInstance(i, drop));
    this.#state.onEnd(() => {
      this.#core.length = this.#builtins.length = this.#contexts.length = 0;
    });
    try {
      for (const step of blueprint.plan.steps) this.#run(step);
      this.#state.leave();
    } catch (thrown) {
      throw this.#state.end(thrown, "the component", "while starting");
    }
  }

  get alive(): boolean {
    return this.#state.alive;
  }

  function(name: string): Callable {
    let callable = this.#callables.get(name);
    if (!callable) {
      callable = this.#callable(name);
      this.#callables.set(name, callable);
    }
    return callable;
  }

  dispose(): void {
    this.#state.dispose();
  }

  get fuelUsed(): number {
    return this.#state.meter.used;
  }

  get suspends(): boolean {
    return false;
  }

  get memory(): number {
    return 0;
  }

  save(): void {
    const instantiated = this.#blueprint.plan.steps.filter((step) => step.kind === "instantiate");
    this.#saved = new Snapshot(instantiated.map(({ info }, i) => ({ exports: this.#core[i]!, info })));
  }

  reset(): boolean {
    if (!this.#saved || !this.alive || this.#components.some(({ handles }) => handles.size > 0)) return false;
    return this.#saved.restore();
  }

  #run(step: Step): void {
    if (step.kind === "complete") {
      this.#components[step.component]!.mayEnter = true;
      return;
    }
    const imports: Record<string, Readonly<Record<string, unknown>>> = Object.assign(
      Object.create(null),
      fuelImports,
    );
    for (const { module, items } of step.imports) {
      const group: Record<string, unknown> = Object.create(null);
      for (const { name, item } of items) group[name] = this.#resolve(item);
      imports[module] = group;
    }
    this.#core.push(new WebAssembly.Instance(step.module, imports).exports);
  }

  #resolve(item: CoreItem): unknown {
    if (item.kind === "export") return this.#core[item.instance]![item.name];
    this.#builtins[item.builtin] ??= this.#makeBuiltin(this.#blueprint.plan.builtins[item.builtin]!);
    return this.#builtins[item.builtin];
  }

  #makeBuiltin(builtin: Builtin): CoreFunction {
    const state = this.#state;
    if (builtin.kind !== "lower") {
      const { resource, component } = builtin;
      const instance = this.#components[component]!;
      if (builtin.kind === "resource.new") return resourceNew(state, instance, resource);
      if (builtin.kind === "resource.rep") return resourceRep(state, instance, resource);
      const entering = this.#instances(builtin.entering);
      return resourceDrop(state, instance, resource, this.#destructor(resource), entering);
    }
    const call = this.#blueprint.outward(builtin);
    const { callee } = builtin;
    const cx = this.#context(builtin.options.context);
    if (callee.kind === "host") return callToHost(state, call, hostCall(callee, this.#imports), cx);
    const inward = this.#blueprint.fromSibling(builtin, callee);
    return callToSibling(state, call, inward, cx, this.#guest(callee), this.#instances(builtin.entering));
  }

  #context(index: number): Context {
    let context = this.#contexts[index];
    if (!context) {
      const { component, memory, realloc } = this.#blueprint.plan.contexts[index]!;
      context = new Context(
        this.#components[component]!,
        memory && (this.#resolve(memory) as WebAssembly.Memory),
        realloc && (this.#resolve(realloc) as Realloc),
        this.#state.meter,
      );
      this.#contexts[index] = context;
    }
    return context;
  }

  #guest({ core, postReturn, options }: FunctionPlan & { kind: "lifted" }): Guest {
    return {
      core: this.#resolve(core) as CoreFunction,
      postReturn: postReturn && (this.#resolve(postReturn) as CoreFunction),
      cx: this.#context(options.context),
    };
  }

  #instances(indices: readonly number[]): ComponentInstance[] {
    return indices.map((index) => this.#components[index]!);
  }

  #callable(name: string): Callable {
    const exported = this.#blueprint.plan.exports.get(name);
    if (!exported) throw new TypeError(`The component exports no function "${name}".`);
    const { function: plan, entering } = exported;
    const state = this.#state;
    if (plan.kind === "host") {
      // The component hands an import of its own on.
      const { supplied, settle, recover } = hostCall(plan, this.#imports);
      return (...args) => {
        state.enter(name);
        try {
          let value: unknown;
          try {
            value = supplied(...args);
          } catch (thrown) {
            value = recover(thrown);
            state.leave();
            return value;
          }
          value = settle(value);
          state.leave();
          return value;
        } catch (thrown) {
          throw state.end(thrown, name, `while calling "${name}"`);
        }
      };
    }
    if (!state.alive) return () => state.enter(name);
    const entered = this.#blueprint.plan.connected ? this.#instances(entering) : undefined;
    return exportCall(state, name, this.#blueprint.fromHost(plan), this.#guest(plan), entered);
  }

  #destructor({ destructor }: ResourcePlan): Destructor | undefined {
    return destructor && (this.#resolve(destructor) as Destructor);
  }

  /** What the guest that has just aborted left to be read. */
  #abortReason(): string | undefined {
    for (const exports of this.#core) {
      const message = abortMessage(exports);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** The host lets go of a guest's resource. */
  #drop(type: ResourcePlan, rep: number): void {
    const state = this.#state;
    if (!state.alive) return;
    const entering = this.#instances(type.entering ?? []);
    state.enter(type.name);
    try {
      allowEntry(entering, false);
      this.#destructor(type)?.(rep);
      allowEntry(entering, true);
      state.leave();
    } catch (thrown) {
      throw state.end(thrown, type.name, `while dropping a resource "${type.name}"`);
    }
  }
}
