/** Links of running plugins: calls from one to the version of another that is live. */
import type { Figure } from "../../backends/audit/reach.ts";
import type { LinkedCall, LinkedFunction, PluginCalls } from "../../backends/plugin-calls.ts";
import { linkBounds } from "../../bounds/link-bounds.ts";
import { type CallContext, type CallOrigin, type WayOfCall, wayOf } from "../../engine/call-context.ts";
import { caught, type Soon } from "../../platform/soon.ts";
import { sameFunctionType } from "../../wit/equal.ts";
import { roughWeight } from "../../wit/values/rough-weight.ts";
import { vouchFor } from "../../wit/values/values.ts";
import type { Callable } from "../api.ts";
import { pluginNotFound } from "../plugin-names.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { badLink, linkFailed } from "./link-errors.ts";
import { hasResources } from "./link-types.ts";

const maxDepth = linkBounds.depth.value;

/** Plugins that may be called, by name. */
export interface LinkedPlugins {
  /** Version that takes the next call; undefined where it does not run. */
  choose(plugin: string): RunningVersion | undefined;
  /** Starts a plugin that is deployed and does not run. Throws `plugin-not-found`, `closed`, and what starting it throws. */
  woken(plugin: string): Promise<void>;
}

/** Calls between the plugins of a host, whose registry is opened after what runs them is made. */
export class PluginLinks implements PluginCalls {
  #plugins: LinkedPlugins = {
    choose: () => undefined,
    woken: (plugin) => Promise.reject(pluginNotFound(plugin)),
  };

  connect(plugins: LinkedPlugins): void {
    this.#plugins = plugins;
  }

  bind(linked: LinkedFunction, figure: (name: string) => Figure): LinkedCall {
    const site = new LinkSite(linked, () => this.#plugins, figure);
    return (args, origin, signal) => site.call(args, origin, signal);
  }
}

/** One import of one plugin's, and where it leads at present. */
class LinkSite {
  readonly #linked: LinkedFunction;
  readonly #plugins: () => LinkedPlugins;
  readonly #figure: (name: string) => Figure;
  /** Figure that calls are counted by: there from the first on. */
  #calls: Figure | undefined;
  /** Version that was called last, and its function. */
  #version: RunningVersion | undefined;
  #callable: Callable | undefined;

  constructor(linked: LinkedFunction, plugins: () => LinkedPlugins, figure: (name: string) => Figure) {
    this.#linked = linked;
    this.#plugins = plugins;
    this.#figure = figure;
  }

  call(args: unknown[], origin: CallOrigin | undefined, signal: () => AbortSignal): Soon<unknown> {
    this.#calls ??= this.#figure(`${this.#linked.to}.calls`);
    this.#calls.value++;
    return caught(
      () => {
        const context = new CallByLink(this.#linked, origin, signal);
        return this.#make(args, context);
      },
      (thrown) => {
        const told = linkFailed(this.#linked, thrown);
        if (told !== thrown) this.#figure(`${this.#linked.to}.failed`).value++;
        throw told;
      },
    );
  }

  #make(args: unknown[], context: CallByLink): Soon<unknown> {
    const { to } = this.#linked;
    const version = this.#plugins().choose(to);
    if (version === undefined) {
      return this.#plugins()
        .woken(to)
        .then(() => this.#make(args, context));
    }
    const callable = version === this.#version ? this.#callable! : this.#find(version);
    const weight = roughWeight(args);
    callable.requireArgumentWeight(weight);
    // They came out of the caller as values of these very types.
    return callable.callSoon(vouchFor(callable.type, args), context);
  }

  /** Function of that version: what was compared at deploy may have been replaced since, by leave of who did that, or by another host. */
  #find(version: RunningVersion): Callable {
    const { from, to, interface: id, name, type } = this.#linked;
    const callable = version.callable(`${id}#${name}`);
    if (hasResources(type) || !sameFunctionType(callable.type, type)) {
      throw badLink(`${id}#${name} of ${to} has another type than ${from} imports.`, {
        subject: `${id}#${name}`,
        reason: "mismatch",
      });
    }
    this.#version = version;
    this.#callable = callable;
    return callable;
  }
}

/** Context of a call by a link: of the call that it is made in it has the deadline, the trace, and the way. */
class CallByLink implements CallContext, WayOfCall {
  fuel = 0;
  readonly deadline: number | undefined;
  readonly trace: CallOrigin["trace"];
  readonly caller: string;
  readonly signal: () => AbortSignal;
  readonly way: readonly string[];

  /** Throws `bad-link` for a way that is too long, or a circle: others may have stored a part of it as quickly. */
  constructor({ from, to }: LinkedFunction, origin: CallOrigin | undefined, signal: () => AbortSignal) {
    this.deadline = origin?.deadline;
    this.trace = origin?.trace;
    this.caller = `plugin:${from}`;
    this.way = [...wayOf(origin), from];
    this.signal = () => leaving(signal(), origin?.signal);
    const circle = this.way.includes(to);
    if (circle || this.way.length >= maxDepth) throw tooFar(to, circle);
  }
}

function leaving(own: AbortSignal, callers: CallOrigin["signal"]): AbortSignal {
  if (callers === undefined) return own;
  return AbortSignal.any([own, typeof callers === "function" ? callers() : callers]);
}

function tooFar(to: string, circle: boolean) {
  return circle
    ? badLink(`A call would come back to ${to}.`, { subject: to, reason: "circle" })
    : badLink(`A call would go through more than ${maxDepth} plugins.`, {
        subject: to,
        limit: maxDepth,
        reason: "too-deep",
      });
}
