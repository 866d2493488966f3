import { inspectComponent } from "../../../host/component/inspect.ts";
import { abortMessage } from "../../../host/engine/cell/abort-message.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../../../host/engine/engine.ts";
import { ComponentError } from "../../../host/errors.ts";
import { buildComponent } from "../../support/plugin-build.ts";

type Call = (...args: unknown[]) => unknown;

export interface Plugin {
  /** The callable of an export, as the component names it. */
  function(name: string): Call;
  /** Calls what has to trap; gives what the plugin's `abort` was told. */
  abortOf(call: () => unknown): string;
  memorySize(): number;
}

/** Builds a plugin and starts it in a cell. `imports`: as `HostImports`, with classes for resources. */
export async function start(
  wit: string,
  source: string,
  imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  options: readonly string[] = [],
): Promise<Plugin> {
  const files = { "wit/world.wit": wit, "assembly/index.ts": source };
  const component = inspectComponent(await buildComponent({ files, options }));
  const compiled = await createDirectEngine().compile(component);
  const { cell, main } = instancesOf(() => compiled.instantiate(imports as HostImports));
  return {
    function: (name) => cell.function(name),
    abortOf(call) {
      try {
        call();
      } catch {
        return abortMessage(main.exports) ?? "no message";
      }
      return "no trap";
    },
    memorySize: () => (main.exports.memory as WebAssembly.Memory).buffer.byteLength,
  };
}

/** The core instance of the plugin's own code, which an engine does not show. */
function instancesOf<T>(instantiate: () => T): { cell: T; main: WebAssembly.Instance } {
  const { Instance } = WebAssembly;
  let main: WebAssembly.Instance | undefined;
  WebAssembly.Instance = class extends Instance {
    constructor(...args: ConstructorParameters<typeof Instance>) {
      super(...args);
      if (this.exports.memory) main = this;
    }
  };
  try {
    const cell = instantiate();
    return { cell, main: main! };
  } finally {
    WebAssembly.Instance = Instance;
  }
}

/** A host's resource that tells what happens to it. */
export class Bucket {
  static readonly log: string[] = [];
  readonly name: string;
  readonly entries = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
    Bucket.log.push(`new ${name}`);
  }

  static open(name: string): Bucket {
    if (name === "") throw new ComponentError("no name", "A bucket needs a name.");
    return new Bucket(name);
  }

  get(key: string): string | undefined {
    return this.entries.get(key);
  }

  put(key: string, value: string): void {
    this.entries.set(key, value);
  }

  delete(key: string): boolean {
    return this.entries.delete(key);
  }

  [Symbol.dispose](): void {
    Bucket.log.push(`drop ${this.name}`);
  }
}
