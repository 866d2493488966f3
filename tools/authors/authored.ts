/** A plugin as an author writes it, with what its answers must be: computed here, and not by the plugin. */

export interface Authored {
  /** Its folder in `plugins/`, and its name on the host. */
  readonly name: string;
  /** What its owner grants and sets. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Makes calls and throws an AssertionError for a wrong answer. The first call is the one the clock stops at. */
  use(host: LivePlugin): Promise<void>;
  /** A call that traps in the line of the source that ends with `// trap`. */
  readonly trap: {
    readonly call: string;
    readonly args: readonly unknown[];
    /** `assembly/index.ts` */
    readonly file: string;
    readonly function: string;
  };
}

/** A plugin on a running host. */
export interface LivePlugin {
  /** What the function returned, as JSON; undefined for nothing. Throws PluginError for the error of a `result`. */
  call(path: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Edits a source file, builds again and uploads the next version. */
  replace(file: string, edit: (text: string) => string): Promise<void>;
}

/** The error of a `result`. */
export class PluginError extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super(`the plugin returned the error ${JSON.stringify(payload)}`);
    this.payload = payload;
  }
}

/** The error that a call returns. Throws where it returns none. */
export async function errorOf(calling: Promise<unknown>): Promise<unknown> {
  try {
    await calling;
  } catch (error) {
    if (error instanceof PluginError) return error.payload;
    throw error;
  }
  throw new Error("an error was expected");
}

/** Numbers from 0 to below `end`, the same at every run. */
export function seeded(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}
