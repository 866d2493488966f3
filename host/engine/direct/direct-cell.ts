import { handleCost } from "../../fuel-prices.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import { ComponentInstance } from "../abi/component-instance.ts";
import { Context, type Realloc } from "../abi/context.ts";
import type { Drop } from "../abi/guest-resource.ts";
import { HandleCount } from "../abi/handles.ts";
import { HostClasses } from "../abi/host-classes.ts";
import type { CoreFunction } from "../abi/signature.ts";
import type { CallContext } from "../call-context.ts";
import { abortReason } from "../cell/abort-message.ts";
import { attemptFuel, attempting } from "../cell/attempt.ts";
import type { CellHome } from "../cell/cell-home.ts";
import { type CellShare, exhausted, isOutOfMemory } from "../cell/cell-memory.ts";
import { CellState } from "../cell/cell-state.ts";
import { Snapshot } from "../cell/snapshot.ts";
import {
  type CallBudget,
  type Cell,
  type CellOptions,
  type HostImports,
  type HostScope,
  repeatsOf,
} from "../engine.ts";
import type { HostCall } from "../link/host-function.ts";
import type { Builtin, CoreItem, FunctionPlan, HostFunctionPlan, ResourcePlan, Step } from "../link/plan.ts";
import type { Blueprint } from "./blueprint.ts";
import { allowEntry, type CellFunction, exportCall, type Guest } from "./export-call.ts";
import { callToSibling } from "./import-call.ts";
import { type Destructor, resourceDrop, resourceNew, resourceRep } from "./resource-builtins.ts";
import { checkSuspension, suspendingExportCall, suspendingHandOn } from "./suspending-export.ts";
import { suspendingCallToHost, suspendingCallToSibling, suspendingDrop } from "./suspending-import.ts";

/**
 * A cell made by running a plan. The constructor throws `unknown-import`, `unsupported-feature` for a host function
 * that suspends where Node can't, or TrapError if a start function traps.
 */
export class DirectCell implements Cell {
  readonly #blueprint: Blueprint;
  readonly #imports: HostImports;
  readonly #state: CellState;
  readonly #home: CellHome;
  readonly #share: CellShare;
  #saved: Snapshot | undefined;
  /** Saved without live handles: all that a call has it was given by that call. */
  #resets = false;
  /** The export that attempts are made of: the handler, in the cells of a plugin that has one. */
  #attempt: { readonly name: string; readonly callable: CellFunction } | undefined;
  readonly #components: ComponentInstance[] = [];
  readonly #callables = new Map<string, CellFunction>();
  /** Emptied when the cell ends, like the caches below. */
  readonly #core: Readonly<Record<string, unknown>>[] = [];
  readonly #builtins: (CoreFunction | undefined)[] = [];
  readonly #contexts: (Context | undefined)[] = [];

  readonly suspends: boolean;
  readonly #attempts: boolean;
  /** True where the host may have resources of the guest's. */
  readonly #resources: boolean;

  constructor(blueprint: Blueprint, imports: HostImports, options: CellOptions, home: CellHome) {
    this.#home = home;
    const suspending = blueprint.hostFunctions.values().find((host) => host.suspends(imports));
    if (suspending) checkSuspension(suspending.name);
    this.suspends = suspending !== undefined;
    this.#attempts = options.attempts ?? false;
    // Before anything is allocated, or begun that would have to be ended.
    this.#share = home.admit(this, options);
    const reason = (scrubber: Scrubber) => abortReason(this.#core, scrubber);
    this.#state = new CellState(reason, options, home, blueprint);
    this.#blueprint = blueprint;
    this.#imports = imports;
    this.#resources = blueprint.plan.builtins.some(({ kind }) => kind === "resource.new");
    const drop = this.#newDrop();
    const handles = new HandleCount(this.#share);
    const classes = new HostClasses(imports);
    for (let i = 0; i < blueprint.plan.components; i++)
      this.#components.push(new ComponentInstance(i, drop, classes, handles));
    this.#state.onEnd(() => {
      this.#endHostsResources();
      this.#core.length = this.#builtins.length = this.#contexts.length = 0;
      this.#share.end();
    });
    try {
      for (const step of blueprint.plan.steps) this.#run(step);
      this.#state.held = undefined;
      this.#state.leave();
    } catch (thrown) {
      throw this.#state.end(thrown, "the component", "while starting");
    } finally {
      if (options.starting) options.starting.fuel = this.fuelUsed;
    }
  }

  get alive(): boolean {
    return this.#state.alive;
  }

  function(name: string): CellFunction {
    let callable = this.#callables.get(name);
    if (!callable) {
      callable = this.#callable(name);
      this.#callables.set(name, callable);
    }
    return callable;
  }

  attempt(name: string): CellFunction | undefined {
    if (!this.suspends || !this.#attempts || !this.#resets || !this.alive) return undefined;
    this.#attempt ??= this.#makeAttempt(name);
    return this.#attempt?.name === name ? this.#attempt.callable : undefined;
  }

  get attemptable(): boolean {
    return this.#state.call.attemptable;
  }

  dispose(): void {
    this.#state.dispose();
  }

  get fuelUsed(): number {
    return this.#state.call.meter.used;
  }

  get resetFuel(): number {
    return this.#saved?.cost ?? 0;
  }

  get memory(): number {
    return this.#share.bytes;
  }

  carryOver(): void {
    this.#state.call.meter.carryOver(this.#home.price.free);
  }

  under(context: CallContext | undefined, scope?: HostScope): boolean {
    // A call made while another runs is refused when it begins, and what was set is the other's.
    if (this.#state.running) return false;
    this.#state.call.under(context, scope);
    return true;
  }

  allow(budget: CallBudget): void {
    this.#state.call.meter.allow(budget);
  }

  save(): void {
    const instantiated = this.#blueprint.plan.steps.filter((step) => step.kind === "instantiate");
    this.#saved = new Snapshot(instantiated.map(({ info }, i) => ({ exports: this.#core[i]!, info })));
    this.#share.keep(this.#saved.size);
    this.#resets = this.#forgetHandles();
  }

  reset(): boolean {
    if (!this.#saved || !this.alive || !this.#forgetHandles()) return false;
    return this.#saved.restore();
  }

  /**
   * Begins the handle tables anew: which indices were freed, and in which order, a guest can read off those that it is
   * given next. False where handles are live.
   */
  #forgetHandles(): boolean {
    for (const { handles } of this.#components) if (handles.size > 0) return false;
    for (const { handles } of this.#components) handles.clear();
    if (!this.#resources) return true;
    // What the host still has of this guest's resources would be nothing to the guest as it is from here on.
    const drop = this.#newDrop();
    for (const component of this.#components) component.drop = drop;
    return true;
  }

  /** Stands for the cell as it is until it is reset. */
  #newDrop(): Drop {
    const drop: Drop = (type, rep) => {
      if (this.#components[0]?.drop === drop) this.#drop(type as ResourcePlan, rep);
    };
    return drop;
  }

  /** The cell has ended, and its guest drops nothing any more: what the host gave it is let go of. */
  #endHostsResources(): void {
    for (const { handles, hostClasses } of this.#components) {
      if (handles.size === 0) continue;
      for (const { type, rep } of [...handles.hostsOwn()]) {
        try {
          hostClasses.endOf(type)?.(rep);
        } catch {
          // Nobody is there to be told: whoever gave the function tells of its failures.
        }
      }
    }
  }

  #run(step: Step): void {
    if (step.kind === "complete") {
      this.#components[step.component]!.mayEnter = true;
      return;
    }
    const exports = this.#instantiate(step.module, this.#importsOf(step));
    this.#core.push(exports);
    for (const { export: name, min } of step.info.memories)
      this.#share.add(exports[name] as WebAssembly.Memory, min);
  }

  #importsOf({ imports }: Step & { kind: "instantiate" }): WebAssembly.Imports {
    const { always } = this.#home;
    if (imports.length === 0) return always;
    const all: Record<string, Readonly<Record<string, unknown>>> = Object.create(always);
    for (const { module, items } of imports) {
      const group: Record<string, unknown> = Object.create(null);
      for (const { name, item } of items) group[name] = this.#resolve(item);
      all[module] = group;
    }
    return all;
  }

  #instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Readonly<Record<string, unknown>> {
    try {
      return new WebAssembly.Instance(module, imports).exports;
    } catch (thrown) {
      throw isOutOfMemory(thrown) ? exhausted(thrown) : thrown;
    }
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
      if (resource.implementer === undefined)
        return this.#blueprint.hostCalls.for(builtin).dropOfHost(state, instance, resource, handleCost);
      const entering = this.#instances(builtin.entering);
      const destructor = this.#destructor(resource);
      return destructor && this.suspends
        ? suspendingDrop(state, this.#blueprint.thunks, instance, resource, destructor, entering)
        : resourceDrop(state, instance, resource, destructor, entering);
    }
    const call = this.#blueprint.outward(builtin);
    const { thunks } = this.#blueprint;
    const { callee } = builtin;
    const cx = this.#context(builtin.options.context);
    if (callee.kind === "host") {
      const host = this.#host(callee);
      return host.suspends
        ? suspendingCallToHost(state, thunks, builtin, call, host, cx)
        : this.#blueprint.hostCalls.for(builtin).callToHost(state, call, host, cx);
    }
    const inward = this.#blueprint.fromSibling(builtin, callee);
    const guest = this.#guest(callee);
    const entering = this.#instances(builtin.entering);
    return this.suspends
      ? suspendingCallToSibling(state, thunks, builtin, callee, call, inward, cx, guest, entering)
      : callToSibling(state, call, inward, cx, guest, entering);
  }

  #host(plan: HostFunctionPlan): HostCall {
    const { call } = this.#state;
    const host = this.#blueprint.hostFunctions.get(plan)!.bind(this.#imports, call.meter);
    if (!this.suspends || !this.#attempts) return host;
    return attempting(host, plan.type, repeatsOf(this.#imports, plan.group, plan.name), call);
  }

  #context(index: number): Context {
    let context = this.#contexts[index];
    if (!context) {
      const { component, memory, realloc } = this.#blueprint.plan.contexts[index]!;
      context = new Context(
        this.#components[component]!,
        memory && (this.#resolve(memory) as WebAssembly.Memory),
        realloc && (this.#resolve(realloc) as Realloc),
        this.#state.call,
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

  #callable(name: string): CellFunction {
    const exported = this.#blueprint.plan.exports.get(name);
    if (!exported) throw new TypeError(`The component exports no function "${name}".`);
    const { function: plan, entering } = exported;
    const state = this.#state;
    if (plan.kind === "host") {
      // The component hands an import of its own on.
      const host = this.#host(plan);
      if (this.suspends) return suspendingHandOn(state, name, host);
      const { supplied, price, settle, recover } = host;
      return (...args) => {
        state.enter(name);
        try {
          state.call.meter.pay(price);
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
    if (!state.alive) return this.suspends ? async () => state.enter(name) : () => state.enter(name);
    if (this.suspends) {
      const { thunks } = this.#blueprint;
      const inward = this.#blueprint.fromHost(plan);
      const instances = this.#instances(entering);
      return suspendingExportCall(state, name, thunks, plan.signature, inward, this.#guest(plan), instances);
    }
    const entered = this.#blueprint.plan.connected ? this.#instances(entering) : undefined;
    return exportCall(state, name, this.#blueprint.fromHost(plan), this.#guest(plan), entered);
  }

  #makeAttempt(name: string): { readonly name: string; readonly callable: CellFunction } | undefined {
    const exported = this.#blueprint.plan.exports.get(name);
    if (exported?.function.kind !== "lifted") return undefined;
    const { function: plan, entering } = exported;
    const { call } = this.#state;
    const instances = this.#instances(entering);
    const made = exportCall(this.#state, name, this.#blueprint.fromHost(plan), this.#guest(plan), instances);
    const callable: CellFunction = (...args) => {
      call.meter.atMost(attemptFuel);
      call.attempt = true;
      try {
        return made(...args);
      } finally {
        call.attempt = false;
      }
    };
    return { name, callable };
  }

  #destructor({ destructor }: ResourcePlan): Destructor | undefined {
    return destructor && (this.#resolve(destructor) as Destructor);
  }

  /** The host lets go of a guest's resource. */
  #drop(type: ResourcePlan, rep: number): void {
    const state = this.#state;
    if (!state.alive) return;
    const entering = this.#instances(type.entering ?? []);
    state.enter(type.name);
    try {
      allowEntry(entering, false);
      state.held = "a resource is dropped by the host";
      this.#destructor(type)?.(rep);
      state.held = undefined;
      allowEntry(entering, true);
      state.leave();
    } catch (thrown) {
      throw state.end(thrown, type.name, `while dropping a resource "${type.name}"`);
    }
  }
}
