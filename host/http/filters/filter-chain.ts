/** Filters: plugins of a contract that judge requests and change responses by their heads, one after the other. */
import { HotcellError } from "../../errors.ts";
import { after, type Soon } from "../../platform/soon.ts";
import type { Registry } from "../../registry/api.ts";
import { contractReference } from "../../registry/contracts/contract-setting.ts";
import type { FormedHook, HookAnswer, HookForm, HookOptions } from "../../registry/hooks/hook.ts";
import { sameFunctionType } from "../../wit/equal.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import type { FunctionType } from "../../wit/model.ts";
import { writtenOut } from "../../wit/text/brief.ts";
import { parseFunctionType } from "../../wit/text/expression.ts";
import { vouchFor } from "../../wit/values/values.ts";
import {
  changedHeaders,
  type FilterAnswer,
  type Header,
  type HeaderChanges,
  requireAnswer,
  requireChanges,
  type Verdict,
} from "./filter-answers.ts";

/** Options of filters, which are a hook's. */
export interface FilterOptions extends Pick<HookOptions, "order" | "deadline" | "breaker"> {
  /**
   * Outcome of a filter that fails. `closed`, the default: the request is answered with its error, as nobody knows what the
   * filter would have kept out, and nobody is left out. `open`: it goes on without that filter.
   */
  readonly onError?: "closed" | "open";
  /** Address at which everybody reaches the host's API, as `pluginRoutes` has it: the type of a problem is the URL of its error's page then. */
  readonly publicUrl?: string;
}

/** Head of a request. Names are in lower case. */
export interface FilteredRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
}

/** FilterJudgement of all filters on a request. */
export interface FilterJudgement {
  /** Changes for its headers, in their order. */
  readonly changes: readonly HeaderChanges[];
  /** Answer of the filter that let it go no further. */
  readonly answer: FilterAnswer | undefined;
  /** Filters that let it pass, in the order in which their responses come by: the last first. */
  readonly passed: readonly string[];
}

const contract = "hotcell:filter";
const headers = "list<tuple<string, string>>";
const changes = `record { remove: list<string>, set: ${headers}, append: ${headers} }`;

/** Functions of `wit/filter.wit`, by their interface. */
const functions = {
  "request-filter": {
    name: "on-request",
    type: `func(request: record { method: string, target: string, headers: ${headers} }) -> variant { next, change(${changes}), answer(record { status: u16, headers: ${headers}, body: string }) }`,
  },
  "response-filter": {
    name: "on-response",
    type: `func(response: record { method: string, target: string, status: u16, headers: ${headers} }) -> option<${changes}>`,
  },
} as const;

const noChanges: readonly HeaderChanges[] = [];

/** Values as they are. What a member takes that has the very type is made here and valid for it. */
class FilterForm implements HookForm {
  readonly #type: FunctionType;
  /** Types of members that are the same. */
  readonly #same = new WeakMap<FunctionType, boolean>();

  constructor(type: string) {
    this.#type = parseFunctionType(type);
  }

  arguments({ type }: { readonly type: FunctionType }, head: unknown): unknown[] {
    let same = this.#same.get(type);
    if (same === undefined) {
      same = sameFunctionType(this.#type, type);
      this.#same.set(type, same);
    }
    return same ? vouchFor(type, [head]) : [head];
  }

  value(_: unknown, result: unknown): unknown {
    return result;
  }
}

export class FilterChain {
  readonly #hook: FormedHook;
  readonly #isOpen: boolean;
  /** Keys of the contract's functions; undefined where it has none of that kind. */
  readonly #request: string | undefined;
  readonly #response: string | undefined;
  readonly #requestForm = new FilterForm(functions["request-filter"].type);
  readonly #responseForm = new FilterForm(functions["response-filter"].type);

  /** Throws `contract-not-found`, and `bad-settings` for wrong options and for a contract of no filters. */
  constructor(registry: Registry, name: string, options: FilterOptions) {
    const { onError = "closed", publicUrl: _, ...others } = options;
    this.#isOpen = onError === "open";
    // Who is left out lets everything pass: only where that is what was asked for.
    const within = this.#isOpen ? { ...others, onError } : { ...others, onError, breaker: false as const };
    this.#hook = registry.formedHook(name, within);
    const reference = contractReference(name);
    const exported = exportedFunctions(registry.contracts.get(reference.name, reference.version).world);
    const keyOf = (side: keyof typeof functions): string | undefined => {
      const { name: wanted, type } = functions[side];
      const found = exported.find(
        (each) => each.name === wanted && each.interface?.startsWith(`${contract}/${side}`),
      );
      if (found && !sameFunctionType(parseFunctionType(type), found.type))
        throw notAFilter(name, writtenOut(found.type));
      return found?.key;
    };
    this.#request = keyOf("request-filter");
    this.#response = keyOf("response-filter");
    if (this.#request === undefined && this.#response === undefined) throw notAFilter(name, undefined);
  }

  /** True where responses have to be waited for. */
  get hearsResponses(): boolean {
    return this.#response !== undefined;
  }

  /** Asks the filters in order. Throws, or rejects with, the error of one that fails, where that is the request's end. */
  request(request: FilteredRequest): Soon<FilterJudgement> {
    let head = request;
    let changed = noChanges;
    let answer: FilterAnswer | undefined;
    const passed: string[] = [];
    const call = this.#hook(this.#request ?? this.#response!, this.#requestForm);
    if (this.#request === undefined) {
      return { changes: noChanges, answer: undefined, passed: call.plugins.toReversed() };
    }
    const heed = ({ plugin, value, error }: HookAnswer<unknown>): boolean => {
      const verdict = error === undefined ? (value as Verdict) : undefined;
      if (
        verdict?.tag === "answer" &&
        this.#accepts(() => requireAnswer(plugin, request.method, verdict.val))
      ) {
        answer = verdict.val;
        return false;
      }
      if (verdict?.tag === "change" && this.#accepts(() => requireChanges(plugin, verdict.val))) {
        changed = [...changed, verdict.val];
        head = { ...head, headers: changedHeaders(head.headers, verdict.val) };
      }
      passed.unshift(plugin);
      return true;
    };
    return after(
      call.walk(() => head, heed),
      () => ({ changes: changed, answer, passed }),
    );
  }

  /** Changes that the filters make of a response's headers, asked in that order. Fails as `request`. */
  response(
    { method, target }: Pick<FilteredRequest, "method" | "target">,
    status: number,
    fields: readonly Header[],
    passed: readonly string[],
  ): Soon<readonly HeaderChanges[]> {
    if (this.#response === undefined || passed.length === 0) return noChanges;
    let head = { method, target, status, headers: fields };
    let changed = noChanges;
    const heed = ({ plugin, value, error }: HookAnswer<unknown>): boolean => {
      const changes = error === undefined ? (value as HeaderChanges | undefined) : undefined;
      if (changes && this.#accepts(() => requireChanges(plugin, changes))) {
        changed = [...changed, changes];
        head = { ...head, headers: changedHeaders(head.headers, changes) };
      }
      return true;
    };
    const call = this.#hook(this.#response, this.#responseForm);
    return after(
      call.walk(() => head, heed, passed),
      () => changed,
    );
  }

  /** False for what is refused, and not heeded. Throws what refuses it where that is the request's end. */
  #accepts(judge: () => void): boolean {
    try {
      judge();
      return true;
    } catch (refused) {
      if (this.#isOpen) return false;
      throw refused;
    }
  }
}

function notAFilter(name: string, actual: string | undefined): HotcellError {
  return new HotcellError("bad-settings", `The contract ${name} is none of filters.`, {
    subject: name,
    expected: `${contract}/request-filter or response-filter, as wit/filter.wit has them`,
    ...(actual !== undefined && { actual }),
    remedy: "Put the world of the package's wit/filter.wit as contract, or a component that exports it.",
  });
}
