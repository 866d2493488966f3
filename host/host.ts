/** Builds each layer once, in order: engine, then the registry on it. */
import type { LogLine } from "./capabilities/capability.ts";
import { Engines } from "./engine/engines.ts";
import type { Registry } from "./registry/api.ts";
import { createRegistry } from "./registry/registry.ts";

export interface HostOptions {
  /** Receives the lines plugins write; the default prints them to standard error. */
  readonly log?: (line: LogLine) => void;
}

export interface Host extends AsyncDisposable {
  readonly registry: Registry;
  /** Lets running calls end, then releases every cell and helper process. */
  close(): Promise<void>;
}

export async function createHost(options: HostOptions = {}): Promise<Host> {
  const engines = new Engines();
  const registry = createRegistry({ engines, log: options.log ?? printLogLine });
  const close = async () => {
    await registry.close();
    await engines.close();
  };
  return { registry, close, [Symbol.asyncDispose]: close };
}

/** One line for one entry, whatever a plugin writes: control characters are escaped, so no entry can forge another. */
export function printLogLine({ plugin, level, context, message }: LogLine): void {
  const where = context ? `${plugin}/${context}` : plugin;
  process.stderr.write(`[${visible(where)}] ${level}: ${visible(message)}\n`);
}

function visible(text: string): string {
  // C0, C1, line separators and bidirectional controls.
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) => {
    return `\\u{${c.codePointAt(0)!.toString(16)}}`;
  });
}
