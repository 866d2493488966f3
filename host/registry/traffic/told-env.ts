/** Env that the cell of a version was told, one after the other, and the secrets that it may know from that. */
import { pluginBounds } from "../../bounds/cell-bounds.ts";
import type { Env } from "../../capabilities/env.ts";
import { sameSettings, secretsIn } from "../../capabilities/secret.ts";
import type { Scrubber } from "../../text/scrubber.ts";

/** Configurations of one cell. */
const maxTold = 32;

export class ToldEnv {
  #env: Env;
  #told = 1;
  #secrets: readonly string[];
  readonly #scrubber: Scrubber;

  /** `scrubber`: for all that the version says; it learns what comes. */
  constructor(env: Env, scrubber: Scrubber) {
    this.#env = env;
    this.#secrets = secretsIn(env);
    this.#scrubber = scrubber;
  }

  /** Texts that its state may have and that are to stay out of what it says, the newest first. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** So much was told that no more can be remembered, to be kept out of texts. */
  get full(): boolean {
    return this.#told >= maxTold;
  }

  /** Gives the env where it is another one, and is to be told. */
  change(env: Env): Env | undefined {
    if (sameSettings(this.#env, env)) return undefined;
    this.#env = env;
    this.#told++;
    this.#learn(secretsIn(env));
    return env;
  }

  /** Learns secrets of a version whose state is taken over, as many as there is room for; gives those that are new. */
  inherit(secrets: readonly string[]): readonly string[] {
    let room = pluginBounds.secrets.value;
    const fitting = secrets.filter((secret) => {
      if (this.#secrets.includes(secret)) return false;
      room -= secret.length;
      return room >= 0;
    });
    const own = this.#secrets;
    this.#learn(fitting);
    this.#secrets = [...own, ...fitting];
    return fitting;
  }

  #learn(secrets: readonly string[]): void {
    this.#secrets = [...new Set([...secrets, ...this.#secrets])];
    this.#scrubber.learn(secrets);
  }
}
