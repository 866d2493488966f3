/** Keeper of one plugin's state, for the host that has its cell next: by interval, and once more when this host ends. */
import { nodeBounds } from "../bounds/node-bounds.ts";
import { asHotcellError } from "../errors.ts";
import type { SharedStates } from "../store/shared-states.ts";
import { harmlessLines } from "../text/harmless.ts";
import { keepsEvery } from "./settings/state-setting.ts";
import type { PluginTraffic, Running } from "./traffic/plugin-traffic.ts";
import type { RunningVersion } from "./traffic/running-version.ts";

export class StateKeeper {
  readonly #plugin: string;
  readonly #states: SharedStates;
  readonly #traffic: PluginTraffic;
  /** Cell whose state was kept last, how many calls it had begun by then, and when that was. */
  #kept:
    | { readonly of: RunningVersion; readonly token: number; readonly began: number; readonly at: number }
    | undefined;
  /** Cell that ended when it was asked for its state, and is not asked again. */
  #failing: RunningVersion | undefined;
  /** Reason that the log knows of. */
  #said: string | undefined;

  constructor(plugin: string, states: SharedStates, traffic: PluginTraffic) {
    this.#plugin = plugin;
    this.#states = states;
    this.#traffic = traffic;
  }

  /** True where it is time to keep the state, by `performance.now()`. */
  due(now: number): boolean {
    const running = this.#traffic.live;
    const token = running?.live.token;
    if (!running || token === undefined || running.configuration.settings.mode !== "shared") return false;
    if (this.#failing === running.live) return false;
    const kept = this.#kept;
    // Of a cell that has just begun there is another state than of the one before, or none.
    if (kept?.of !== running.live || kept.token !== token) return true;
    if (kept.began === running.live.began) return false;
    // None is kept by now, and none will come.
    if (!running.live.lifecycle.saves && kept.began >= 0) return false;
    return now - kept.at >= keepsEvery(running.configuration.settings.state);
  }

  /** Keeps it. What fails is told, and tried again when it is due. */
  async keep(): Promise<void> {
    const running = this.#traffic.live;
    const token = running?.live.token;
    if (!running || token === undefined) return;
    const { live } = running;
    const { began } = live;
    try {
      const whole = await this.#put(running, token);
      this.#kept = { of: live, token, began, at: performance.now() };
      if (whole) this.#said = undefined;
    } catch (error) {
      const { code, message } = asHotcellError(error);
      // What the cell knew went with it: asked again it would lose all once more.
      if (code === "save-failed") this.#failing = live;
      this.#kept = { of: live, token, began: -1, at: performance.now() };
      this.#say(message);
    }
  }

  /** Keeps what the cell here has at the end, with its calls held: gives what lets these go on, once it takes part no more. */
  async keepLast(): Promise<() => void> {
    const running = this.#traffic.live;
    const { token, lifecycle } = running?.live ?? {};
    if (!running || token === undefined || !lifecycle?.saves) return () => {};
    const release = running.live.hold();
    try {
      await running.live.idle();
      const { live } = running;
      const same = this.#kept?.of === live && this.#kept.began === live.began;
      if (!same && this.#failing !== live) await this.keep();
    } catch (error) {
      this.#say(asHotcellError(error).message);
    }
    return release;
  }

  /** True where it was kept; else the log was told why not. */
  async #put({ live, component }: Running, token: number): Promise<boolean> {
    const bytes = await live.lifecycle.save();
    const most = nodeBounds.state.value;
    const tooLarge = bytes && bytes.length > most;
    if (tooLarge) this.#say(`it has ${bytes.length} bytes, and may have ${most}`);
    const state = bytes && !tooLarge ? { version: component.digest, bytes } : undefined;
    // What was kept before stays where this one can't be.
    if (tooLarge || (await this.#states.put(this.#plugin, token, state))) return !tooLarge;
    this.#say("another host has its cell, or it was removed");
    return false;
  }

  #say(why: string): void {
    if (this.#said === why) return;
    this.#said = why;
    console.error(harmlessLines(`The state of ${this.#plugin} is not kept for other hosts: ${why}`));
  }
}
