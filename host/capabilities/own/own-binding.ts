/** Binding of an embedder's capability for one deployment: its functions, as the cells call them. */
import { cellEnded } from "../../backends/exchange.ts";
import type { CallOrigin } from "../../engine/call-context.ts";
import { type HostFunction, maySuspend, suspending } from "../../engine/engine.ts";
import { ComponentError, HotcellError } from "../../errors.ts";
import { functionsIn } from "../../wit/model.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import type { CellContext, DeploymentContext, Member, Supplied } from "../capability.ts";
import { type GivenGroup, lacking } from "../given.ts";
import type { HostCapability } from "./host-capability.ts";
import { OwnContext, saysNothing } from "./own-context.ts";

/** Functions as they are called. */
type CalledFunctions = Readonly<Record<string, HostFunction>>;

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
  /** Async calls that have not settled, whoever waits for them. */
  #pending = 0;

  /** Throws `host-function-failed` where the embedder's functions are not all there. */
  constructor(options: OwnBindingOptions) {
    this.#options = options;
    const { name, deployment } = options;
    this.#pattern = this.make(new OwnContext(deployment.plugin, options.settings, undefined));
    for (const { name: wanted } of functionsIn(deployment.typesOf(name))) {
      const reason = lacking(`The functions of ${name}`, this.#pattern, wanted);
      if (reason !== undefined) throw this.failed(wanted, new TypeError(reason));
    }
  }

  supply(cell: CellContext): Supplied {
    const { name, settings, deployment } = this.#options;
    const called = new CalledIn(cell, settings, (context) => this.make(context));
    const members: Record<string, Member> = {};
    for (const { name: wanted } of functionsIn(deployment.typesOf(name))) {
      const { kind, resource = "", name: own } = parseFunctionName(wanted);
      if (kind !== "free") members[pascalCase(resource)] = this.#pattern[pascalCase(resource)]!;
      else {
        const key = camelCase(own);
        const waits = maySuspend(this.#pattern[key]!);
        members[key] = waits ? this.#waiting(called, key, wanted) : this.#plain(called, key, wanted);
      }
    }
    const end = () => called.end();
    return { interfaces: { [name]: members }, reset: end, release: end };
  }

  make(context: OwnContext<unknown>): CalledFunctions {
    try {
      return this.#options.own.functions(context) as CalledFunctions;
    } catch (thrown) {
      throw this.failed("functions()", thrown);
    }
  }

  /** Error for a call whose function failed in another way than its type has; the embedder is told the cause. */
  failed(wanted: string, thrown: unknown): HotcellError {
    const { name, own, deployment, fault } = this.#options;
    const subject = `${name}#${wanted}`;
    deployment.count("failed");
    const error = new HotcellError("host-function-failed", `The host's function ${subject} failed.`, {
      subject,
      remedy: `It is the fault of whoever runs the host, and told in its log: they look at the capability ${own.grant}.`,
      cause: thrown,
    });
    fault(error);
    return error;
  }

  /** Functions are called without an array of their arguments where they have few: it costs as much as a small one. */
  #plain(called: CalledIn, key: string, wanted: string): HostFunction {
    const { deployment } = this.#options;
    const threw = (thrown: unknown) => {
      if (thrown instanceof ComponentError) return thrown;
      return this.failed(wanted, thrown);
    };
    const arity = functionsIn(deployment.typesOf(this.#options.name)).find(({ name }) => name === wanted)!
      .type.parameters.length;
    switch (arity) {
      case 1:
        return (a: unknown) => {
          deployment.count("calls");
          try {
            return called.functions()[key]!(a);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
      case 2:
        return (a: unknown, b: unknown) => {
          deployment.count("calls");
          try {
            return called.functions()[key]!(a, b);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
      default:
        return (...args: unknown[]) => {
          deployment.count("calls");
          try {
            return called.functions()[key]!(...args);
          } catch (thrown) {
            throw threw(thrown);
          }
        };
    }
  }

  #waiting(called: CalledIn, key: string, wanted: string): HostFunction {
    const { deployment, concurrency } = this.#options;
    return suspending(async (...args: unknown[]) => {
      deployment.count("calls");
      if (this.#pending >= concurrency) throw this.#tooMany(wanted);
      this.#pending++;
      called.pending++;
      try {
        return await called.functions()[key]!(...args);
      } catch (thrown) {
        throw thrown instanceof ComponentError ? thrown : this.failed(wanted, thrown);
      } finally {
        this.#pending--;
        called.pending--;
      }
    });
  }

  #tooMany(wanted: string): HotcellError {
    const { name, deployment, concurrency } = this.#options;
    deployment.count("refused");
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

/** Functions of the call that one cell is in. */
class CalledIn {
  readonly #cell: CellContext;
  readonly #settings: unknown;
  readonly #make: (context: OwnContext<unknown>) => CalledFunctions;
  #origin: CallOrigin | undefined;
  #context: OwnContext<unknown> | undefined;
  #functions: CalledFunctions | undefined;
  /** Async calls of this cell that have not settled. */
  pending = 0;

  constructor(cell: CellContext, settings: unknown, make: (context: OwnContext<unknown>) => CalledFunctions) {
    this.#cell = cell;
    this.#settings = settings;
    this.#make = make;
  }

  functions(): CalledFunctions {
    const origin = this.#cell.call;
    const made = this.#functions;
    if (made !== undefined && (origin === this.#origin || (saysNothing(origin) && saysNothing(this.#origin))))
      return made;
    this.#origin = origin;
    this.#context = new OwnContext(this.#cell.plugin, this.#settings, origin);
    this.#functions = this.#make(this.#context);
    return this.#functions;
  }

  /** The cell has ended, or begins anew: what goes on still goes on for nobody, and knows no later call. */
  end(): void {
    const context = this.#context;
    if (context === undefined || (this.pending === 0 && !context.heard && saysNothing(this.#origin))) return;
    this.#context = this.#functions = this.#origin = undefined;
    context.end(cellEnded(this.#cell.plugin));
  }
}
