/** Callables of a version, found by the paths that callers know them by. */
import { HotcellError } from "../../errors.ts";
import { type ExportedFunction, findByPath, splitPath } from "../../wit/exports.ts";
import { missingFunction } from "../../wit/missing-function.ts";
import type { Callable } from "../api.ts";

/** Paths that are remembered for each function, and how long they may be: anybody may think of more. */
const maxSpellings = 8;
const maxPathLength = 500;

export class CallablePaths {
  readonly #plugin: string;
  readonly #functions: readonly ExportedFunction[];
  readonly #bind: (found: ExportedFunction) => Callable;
  /** Callables by the function's key. */
  readonly #callables = new Map<string, Callable>();
  /** The same by what callers have called them: an interface has as many names as there are compatible versions. */
  readonly #paths = new Map<string, Callable>();

  /** `bind` makes the callable of a function when it is first looked up. */
  constructor(
    plugin: string,
    functions: readonly ExportedFunction[],
    bind: (found: ExportedFunction) => Callable,
  ) {
    this.#plugin = plugin;
    this.#functions = functions;
    this.#bind = bind;
  }

  /** Throws `function-not-found` with near misses. */
  get(path: string): Callable {
    return this.#paths.get(path) ?? this.#remember(path, this.#find(path));
  }

  /**
   * Callable that takes over the calls of another version's function, which has this key there: here it may be one of a
   * compatible interface. Throws `function-not-found`.
   */
  /** There is none to find. */
  get empty(): boolean {
    return this.#functions.length === 0;
  }

  successorOf(key: string): Callable {
    const known = this.#callables.get(key);
    if (known) return known;
    const { owner, name } = splitPath(key);
    return this.get(owner === undefined ? name : `${owner}/${name}`);
  }

  #remember(path: string, found: ExportedFunction): Callable {
    let callable = this.#callables.get(found.key);
    if (!callable) {
      callable = this.#bind(found);
      this.#callables.set(found.key, callable);
    }
    if (path.length > maxPathLength) return callable;
    const [oldest] = this.#paths.keys();
    if (this.#paths.size >= maxSpellings * this.#functions.length) this.#paths.delete(oldest!);
    this.#paths.set(path, callable);
    return callable;
  }

  #find(path: string): ExportedFunction {
    const found = findByPath(this.#functions, path);
    if (found) return found;
    const { detail, remedy, near, functions } = missingFunction(this.#functions, path, "/");
    throw new HotcellError("function-not-found", `The live version of ${this.#plugin} ${detail}`, {
      subject: path,
      remedy,
      extra: { plugin: this.#plugin, near, functions },
    });
  }
}
