/** Binding of an embedder's capability for one deployment: its functions, as the cells call them. */
import type { Figure } from "../../backends/audit/reach.ts";
import { type HostFunction, maySuspend, suspending } from "../../engine/engine.ts";
import { ComponentError, HotcellError, isOfClass } from "../../errors.ts";
import { type FunctionType, functionsIn } from "../../wit/model.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import type { CellContext, DeploymentContext, Member, Supplied } from "../capability.ts";
import { type GivenGroup, lacking } from "../given.ts";
import { CalledIn } from "./called-in.ts";
import type { HostCapability } from "./host-capability.ts";
import { OwnContext } from "./own-context.ts";
import {
  type Handover,
  handoverOf,
  patternOf,
  type ResourceHolder,
  resourceCall,
  resourceEnds,
} from "./own-resources.ts";

export interface OwnBindingOptions {
  /** Interface without version. */
  readonly name: string;
  readonly own: HostCapability;
  /** Parsed. */
  readonly settings: unknown;
  readonly deployment: DeploymentContext;
  readonly concurrency: number;
  /** Hears of the embedder's failures, with their cause. */
  readonly fault: (error: unknown) => void;
}

export class OwnBinding {
  readonly #options: OwnBindingOptions;
  /** Functions for no call: they tell which there are, and which keep a guest waiting. */
  readonly #pattern: GivenGroup;
  /** Figure of calls, at hand for each. */
  readonly #calls: Figure;
  /** Async calls that have not settled, whoever waits for them. */
  #pending = 0;

  /** Throws `host-function-failed` where the embedder's functions are not all there. */
  constructor(options: OwnBindingOptions) {
    this.#options = options;
    const { name, deployment } = options;
    this.#calls = deployment.figure("calls");
    this.#pattern = this.make(new OwnContext(deployment.plugin, options.settings, undefined));
    for (const { name: wanted } of functionsIn(deployment.typesOf(name))) {
      const reason = lacking(`capabilities[${JSON.stringify(name)}].functions()`, this.#pattern, wanted);
      if (reason !== undefined) throw this.failed(wanted, new TypeError(reason));
    }
  }

  supply(cell: CellContext): Supplied {
    const { name, settings, deployment } = this.#options;
    const called = new CalledIn(cell, settings, (context) => this.make(context));
    const types = deployment.typesOf(name);
    const holder: ResourceHolder = {
      objects: cell.objects,
      failed: (wanted, thrown) => this.failed(wanted, thrown),
    };
    const members: Record<string, Member> = resourceEnds(types, holder);
    for (const { name: wanted, type } of functionsIn(types)) {
      const { kind, resource = "", name: own } = parseFunctionName(wanted);
      const key = camelCase(own);
      const handover = handoverOf(type);
      if (kind !== "free") members[pascalCase(resource)] = this.#pattern[pascalCase(resource)]!;
      // By the component model's name, so that what an object does itself is counted, and told of where it fails.
      const member = kind === "free" ? key : wanted;
      const call =
        kind === "free"
          ? (functions: GivenGroup, args: readonly unknown[]) => functions[key]!(...args)
          : resourceCall(wanted);
      if (maySuspend(patternOf(this.#pattern, wanted)))
        members[member] = this.#waiting(called, wanted, call, handover, holder);
      else if (kind === "free" && !handover.given && !handover.taken)
        members[member] = this.#plain(called, key, wanted, type);
      else members[member] = this.#handing(called, wanted, call, handover, holder);
    }
    const end = () => called.end();
    return { interfaces: { [name]: members }, reset: end, release: end };
  }

  make(context: OwnContext<unknown>): GivenGroup {
    try {
      const made = this.#options.own.functions(context) as GivenGroup;
      if (!isOfClass(made, Promise)) return made;
      (made as Promise<unknown>).catch(() => {});
      throw new TypeError(
        "It gave a promise, and has to give the functions at once; each of them may be async.",
      );
    } catch (thrown) {
      throw this.failed("functions()", thrown);
    }
  }

  /** Error for a call whose function failed in another way than its type has; the embedder is told the cause. */
  failed(wanted: string, thrown: unknown): HotcellError {
    const { name, own, deployment, fault } = this.#options;
    const subject = `${name}#${wanted}`;
    deployment.figure("failed").value++;
    const error = new HotcellError("host-function-failed", `The host's function ${subject} failed.`, {
      subject,
      remedy: `It is the fault of whoever runs the host, and told in its log: they look at the capability ${own.grant}.`,
      cause: thrown,
    });
    fault(error);
    return error;
  }

  /** Functions are called without an array of their arguments where they have few: it costs as much as a small one. */
  #plain(called: CalledIn, key: string, wanted: string, { parameters }: FunctionType): HostFunction {
    const calls = this.#calls;
    const threw = (thrown: unknown) => this.#thrown(wanted, thrown);
    switch (parameters.length) {
      case 1:
        return (a: unknown) => {
          calls.value++;
          try {
            return called.functions()[key]!(a);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
      case 2:
        return (a: unknown, b: unknown) => {
          calls.value++;
          try {
            return called.functions()[key]!(a, b);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
      default:
        return (...args: unknown[]) => {
          calls.value++;
          try {
            return called.functions()[key]!(...args);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
    }
  }

  /** The same for a function of resources, or of values that hold some. */
  #handing(
    called: CalledIn,
    wanted: string,
    call: OwnCall,
    { taken, given, unwanted }: Handover,
    holder: ResourceHolder,
  ): HostFunction {
    const calls = this.#calls;
    return (...args: unknown[]) => {
      calls.value++;
      taken?.(args, holder);
      let value: unknown;
      try {
        value = call(called.functions(), args);
      } catch (thrown) {
        throw this.#thrown(wanted, thrown);
      }
      give(value, given, unwanted, holder);
      return value;
    };
  }

  #waiting(
    called: CalledIn,
    wanted: string,
    call: OwnCall,
    { taken, untaken, given, unwanted }: Handover,
    holder: ResourceHolder,
  ): HostFunction {
    const { concurrency } = this.#options;
    const calls = this.#calls;
    return suspending(async (...args: unknown[]) => {
      calls.value++;
      if (this.#pending >= concurrency) {
        untaken?.(args, holder);
        throw this.#tooMany(wanted);
      }
      taken?.(args, holder);
      this.#pending++;
      called.pending++;
      const { ends } = called;
      let value: unknown;
      try {
        value = await call(called.functions(), args);
      } catch (thrown) {
        throw this.#thrown(wanted, thrown);
      } finally {
        this.#pending--;
        called.pending--;
      }
      if (ends === called.ends) give(value, given, unwanted, holder);
      else unwanted?.(value, holder);
      return value;
    });
  }

  #thrown(wanted: string, thrown: unknown): unknown {
    return isOfClass(thrown, ComponentError) ? thrown : this.failed(wanted, thrown);
  }

  #tooMany(wanted: string): HotcellError {
    const { name, deployment, concurrency } = this.#options;
    deployment.figure("refused").value++;
    return new HotcellError(
      "no-capacity",
      `${deployment.plugin} has ${concurrency} calls of ${name} under way that have not ended.`,
      {
        subject: `${name}#${wanted}`,
        limit: concurrency,
        actual: concurrency + 1,
        retryAfter: 1,
        remedy: "Try again in a moment; whoever runs the host can allow more of them (concurrency).",
      },
    );
  }
}

/** Call of one of the functions with its arguments. */
type OwnCall = (functions: GivenGroup, args: readonly unknown[]) => unknown;

function give(
  value: unknown,
  given: Handover["given"],
  unwanted: Handover["unwanted"],
  holder: ResourceHolder,
): void {
  try {
    given?.(value, holder);
  } catch (thrown) {
    unwanted?.(value, holder);
    throw thrown;
  }
}
