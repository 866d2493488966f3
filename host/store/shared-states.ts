/** States of plugins of mode `shared`, as whoever has a plugin's one cell saves them for whoever has it next. */

export interface KeptState {
  /** Version that saved it. */
  readonly version: string;
  readonly bytes: Uint8Array;
}

/**
 * States by plugin, each under the fencing token of the lease of whoever saved it. A driver passes `test/store/states-contract.ts`. All throw what a
 * store throws.
 */
export interface SharedStates {
  /**
   * State that was kept last, for the holder of this lease, which has the plugin's cell now: what one before it saves from here on is refused.
   * Undefined where none is kept. Throws `process-died` where a later lease has taken it.
   */
  take(plugin: string, token: number): Promise<KeptState | undefined>;
  /** Keeps a state in the place of the one before, or none; false where a later lease has taken it, or the plugin was removed since. */
  put(plugin: string, token: number, state: KeptState | undefined): Promise<boolean>;
  /** Forgets the state of a plugin that is removed: what its last holder still saves is refused. */
  forget(plugin: string): Promise<void>;
}
