/** Calls of a hook's members: each is asked within its deadline, and what it answers is held within bounds. */
import { hookBounds } from "../../bounds/hook-bounds.ts";
import { type CallContext, leaveOf, unlessLeft } from "../../engine/call-context.ts";
import { asHotcellError, ComponentError, HotcellError } from "../../errors.ts";
import type { Soon } from "../../platform/soon.ts";
import { withJsonPayload } from "../../wit/json/json-call.ts";
import type { Callable } from "../api.ts";
import { cheapFuel } from "../traffic/thread-time.ts";
import type { AskedHook, HookAnswer, HookForm, HookOptions } from "./hook.ts";
import type { HookedFunction, HookMember } from "./hook-members.ts";

export interface HookCallOptions {
  /** Milliseconds. */
  readonly deadline: number | undefined;
  readonly onError: NonNullable<HookOptions["onError"]>;
}

/** Length that the answers to one call may have yet. */
interface AnswerRoom {
  left: number;
}

export class HookCall implements AskedHook {
  readonly #asked: HookedFunction;
  readonly #form: HookForm;
  readonly #options: HookCallOptions;
  readonly #context: CallContext | undefined;
  readonly #room: AnswerRoom = { left: hookBounds.answers.value };

  constructor(asked: HookedFunction, form: HookForm, options: HookCallOptions, context?: CallContext) {
    this.#asked = asked;
    this.#form = form;
    this.#options = options;
    this.#context = context;
  }

  get plugins(): readonly string[] {
    return this.#asked.members.map(({ plugin }) => plugin);
  }

  collect(args: unknown): Soon<HookAnswer<unknown>[]> {
    const members = this.#members();
    const answers = new Array<HookAnswer<unknown>>(members.length);
    let next = 0;
    let underWay = 0;
    /** Asks as many as may be asked; true once all have answered. */
    const go = (end: () => void): boolean => {
      while (next < members.length && underWay < hookBounds.atOnce.value) {
        const i = next++;
        const soon = this.#ask(members[i]!, args);
        if (!(soon instanceof Promise)) {
          answers[i] = soon;
          continue;
        }
        underWay++;
        void soon.then((answer) => {
          answers[i] = answer;
          underWay--;
          if (go(end)) end();
        });
      }
      return next === members.length && underWay === 0;
    };
    const ended = Promise.withResolvers<void>();
    if (go(ended.resolve)) return this.#judged(answers);
    return ended.promise.then(() => this.#judged(answers));
  }

  walk(
    args: () => unknown,
    heed: (answer: HookAnswer<unknown>) => boolean,
    plugins?: readonly string[],
  ): Soon<void> {
    const members = plugins ? this.#named(plugins) : this.#members();
    return this.#walkOn(members, 0, args, heed);
  }

  async first(args: unknown): Promise<HookAnswer<unknown> | undefined> {
    let first: HookAnswer<unknown> | undefined;
    await this.walk(
      () => args,
      (answer) => {
        if (answer.error === undefined && answer.value !== null && answer.value !== undefined) first = answer;
        return first === undefined;
      },
    );
    return first;
  }

  async chain([first, ...rest]: readonly unknown[]): Promise<unknown> {
    let value = first;
    await this.walk(
      () => [value, ...rest],
      (answer) => {
        if (answer.error === undefined) value = answer.value;
        return true;
      },
    );
    return value;
  }

  #walkOn(
    members: readonly HookMember[],
    from: number,
    args: () => unknown,
    heed: (answer: HookAnswer<unknown>) => boolean,
  ): Soon<void> {
    for (let i = from; i < members.length; i++) {
      // One answer is held at a time.
      this.#room.left = hookBounds.answers.value;
      const soon = this.#ask(members[i]!, args());
      if (soon instanceof Promise) {
        return soon.then((answer) =>
          heed(this.#heeded(answer)) ? this.#walkOn(members, i + 1, args, heed) : undefined,
        );
      }
      if (!heed(this.#heeded(soon))) return;
    }
  }

  #named(plugins: readonly string[]): readonly HookMember[] {
    const { members } = this.#asked;
    return plugins.flatMap((name) => members.find(({ plugin }) => plugin === name) ?? []);
  }

  #members(): readonly HookMember[] {
    const { members } = this.#asked;
    for (const { breaker } of members)
      if (breaker.failing) return members.filter(({ breaker }) => !breaker.isOpen());
    return members;
  }

  /** Never throws, nor rejects. */
  #ask(member: HookMember, args: unknown): Soon<HookAnswer<unknown>> {
    const context = this.#contextOfMember();
    try {
      const callable = member.callable();
      if (!(callable instanceof Promise)) return this.#call(member, callable, args, context);
      return unlessLeft(context, this.#asked.key, callable).then(
        (ready) => this.#call(member, ready, args, context),
        (thrown) => this.#failed(member, thrown),
      );
    } catch (thrown) {
      return this.#failed(member, thrown);
    }
  }

  #call(
    member: HookMember,
    callable: Callable,
    args: unknown,
    context: CallContext | undefined,
  ): Soon<HookAnswer<unknown>> {
    if (this.#form.large !== true) return this.#callWith(member, callable, args, context);
    return callable
      .whenFree("large", () => this.#form.arguments(callable, args, member.plugin))
      .then(
        // Looked up again: another version may be live by now, which the call is handed on to.
        (given) => this.#made(member, callable, given, context),
        (thrown) => this.#failed(member, thrown, callable),
      );
  }

  #callWith(
    member: HookMember,
    callable: Callable,
    args: unknown,
    context: CallContext | undefined,
  ): Soon<HookAnswer<unknown>> {
    try {
      return this.#made(member, callable, this.#form.arguments(callable, args, member.plugin), context);
    } catch (thrown) {
      return this.#failed(member, thrown, callable);
    }
  }

  #made(
    member: HookMember,
    callable: Callable,
    given: unknown[],
    context: CallContext | undefined,
  ): Soon<HookAnswer<unknown>> {
    try {
      const result = callable.callSoon(given, context);
      if (!(result instanceof Promise)) {
        this.#form.release?.(given);
        return this.#answered(member, callable, result, context);
      }
      return result.then(
        (value) => {
          this.#form.release?.(given);
          return this.#answered(member, callable, value, context);
        },
        (thrown) => {
          this.#form.release?.(given);
          return this.#failed(member, thrown, callable);
        },
      );
    } catch (thrown) {
      this.#form.release?.(given);
      return this.#failed(member, thrown, callable);
    }
  }

  #answered(
    member: HookMember,
    callable: Callable,
    result: unknown,
    context: CallContext | undefined,
  ): Soon<HookAnswer<unknown>> {
    member.breaker.succeeded();
    if (context === undefined || context.fuel < cheapFuel) return this.#told(member, callable, result);
    // What took so much may be long.
    return callable.whenFree("last", () => this.#told(member, callable, result));
  }

  #told({ plugin }: HookMember, callable: Callable, result: unknown): HookAnswer<unknown> {
    try {
      const length = callable.json.resultLength(result);
      if (length > this.#room.left) throw tooLong(callable.name);
      this.#room.left -= length;
      return { plugin, value: this.#form.value(callable, result) };
    } catch (thrown) {
      return this.#erred(plugin, asHotcellError(thrown));
    }
  }

  #failed({ plugin, breaker }: HookMember, thrown: unknown, callable?: Callable): HookAnswer<unknown> {
    const error = asHotcellError(
      callable && thrown instanceof ComponentError ? withJsonPayload(thrown, callable.json) : thrown,
    );
    breaker.failed(error);
    return this.#erred(plugin, error);
  }

  #erred(plugin: string, error: HotcellError): HookAnswer<unknown> {
    const { onError } = this.#options;
    if (typeof onError === "object") return { plugin, value: onError.fallback };
    return { plugin, error };
  }

  #contextOfMember(): CallContext | undefined {
    const { deadline } = this.#options;
    if (deadline === undefined && this.#context === undefined) return undefined;
    const { signal, trace, caller, deadline: latest = Number.POSITIVE_INFINITY } = this.#context ?? {};
    const own = deadline === undefined ? latest : Math.min(latest, performance.now() + deadline);
    return { fuel: 0, signal, trace, caller, deadline: own === Number.POSITIVE_INFINITY ? undefined : own };
  }

  /** All answers, unless one of them, or that the caller has left, refuses the call. Of several errors the first in order is told. */
  #judged(answers: HookAnswer<unknown>[]): HookAnswer<unknown>[] {
    this.#requireCaller();
    if (this.#options.onError === "closed")
      for (const { error } of answers) if (error !== undefined) throw error;
    return answers;
  }

  #heeded(answer: HookAnswer<unknown>): HookAnswer<unknown> {
    this.#requireCaller();
    if (answer.error !== undefined && this.#options.onError === "closed") throw answer.error;
    return answer;
  }

  /** A signal that nobody has made yet was not aborted; to be asked for, it would have to be made. */
  #requireCaller(): void {
    if (typeof this.#context?.signal !== "object") return;
    const left = leaveOf(this.#context, this.#asked.key, "under way");
    if (left) throw left;
  }
}

function tooLong(key: string): HotcellError {
  const limit = hookBounds.answers.value;
  return new HotcellError(
    "result-too-large",
    `The answers to a call of a hook may have ${limit} characters as JSON together, and that of ${key} has more than are left.`,
    {
      subject: key,
      limit,
      remedy: "Return less at a time, or ask fewer members: hold them to a contract of their own.",
    },
  );
}
