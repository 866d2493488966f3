import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HotcellError } from "../../errors.ts";
import { endingWithParent } from "../../platform/end-with-parent.ts";
import { withoutInherited } from "../../platform/inherited-files.ts";
import { ownFile } from "../../platform/own-file.ts";
import type { TranspileAnswer, TranspileJob } from "./transpiler-process.ts";

export interface TranspilerOptions {
  /** Milliseconds for one component, start of the process included. */
  readonly deadline: number;
  /** Bytes emitted for one component, beyond four times its own size. */
  readonly maxOutput: number;
  /** MiB of the process's JavaScript heap, and of each memory in it. */
  readonly memory: number;
}

type Outcome =
  | TranspileAnswer
  | { readonly kind: "late" }
  | { readonly kind: "died"; readonly reason: string };

/**
 * Runs jco's transpiler in a child process of its own: started when first needed, kept, replaced after any
 * accident, and no reason for this process to stay alive. One component at a time.
 */
export class Transpiler {
  readonly #options: TranspilerOptions;
  #child: ChildProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: TranspilerOptions) {
    this.#options = options;
  }

  /** Id of the process that is kept, if there is one now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * The files jco emits, by name: one `.js`, the rest core modules. `component` must begin with the binary
   * format's preamble (jco would take anything else for the text format).
   * Throws `tool-missing`, `component-limit`, `invalid-component`, `unsupported-feature` or `closed`.
   */
  transpile(component: Uint8Array, interfaces: readonly string[]): Promise<Map<string, Uint8Array>> {
    const job: TranspileJob = {
      component,
      interfaces,
      maxOutput: this.#options.maxOutput + 4 * component.length,
    };
    const result = this.#queue.then(() => this.#run(job));
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Ends the process; a component in work, and all that wait, fail with `closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (!child) return;
    child.ref();
    const exit = once(child, "exit");
    this.#discard(child);
    await exit;
  }

  async #run(job: TranspileJob): Promise<Map<string, Uint8Array>> {
    let outcome = await this.#attempt(job);
    // Somebody may have killed the process while it was idle, or for its own reasons: that is not the component's
    // fault. Dying twice is.
    if (outcome.kind === "died") outcome = await this.#attempt(job);
    switch (outcome.kind) {
      case "done":
        return new Map(outcome.files);
      case "missing":
        throw new HotcellError("tool-missing", `The jco engine needs the package ${tool}.`, {
          subject: tool,
          remedy: `npm install ${tool}@0.15`,
        });
      case "too-big":
        throw new HotcellError("component-limit", "jco emits too much code for this component.", {
          limit: `${job.maxOutput} bytes`,
          actual: `${outcome.size} bytes`,
          remedy: "Split the plugin, or simplify its interface.",
        });
      case "late":
        throw new HotcellError("component-limit", "jco takes too long for this component.", {
          limit: `${this.#options.deadline} ms`,
          remedy: "Split the plugin, or simplify its interface.",
        });
      case "died":
        throw new HotcellError(
          "component-limit",
          `jco's process ended while working on this component (${outcome.reason}).`,
          { limit: `${this.#options.memory} MiB`, remedy: "Split the plugin, or simplify its interface." },
        );
      case "refused":
        throw new HotcellError(
          /not enabled|not supported|unsupported/.test(outcome.reason)
            ? "unsupported-feature"
            : "invalid-component",
          `jco refuses the component: ${oneLine(outcome.reason)}`,
          { remedy: "Build the component again with current tools." },
        );
      case "broken":
        throw new HotcellError(
          "unsupported-feature",
          `jco fails on this component: ${oneLine(outcome.reason)}`,
          {
            remedy: "Rename exports with upper-case words (HTTP-get), a known cause; or use another engine.",
          },
        );
    }
  }

  #attempt(job: TranspileJob): Promise<Outcome> {
    if (this.#closed) throw jcoClosed();
    const child = this.#child ?? this.#start();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const onMessage = (answer: TranspileAnswer) => resolve(answer);
    const onExit = (code: number | null, signal: string | null) =>
      resolve({ kind: "died", reason: signal ?? `exit code ${code}` });
    const onError = (error: Error & { code?: string }) =>
      resolve({ kind: "died", reason: error.code ?? error.name });
    const timer = setTimeout(() => resolve({ kind: "late" }), this.#options.deadline);
    child.once("message", onMessage).once("exit", onExit).once("error", onError);
    hold(child);
    child.send(job, (error) => error && onError(error));
    return promise.then((outcome) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit).off("error", onError);
      release(child);
      if (outcome.kind !== "done" && outcome.kind !== "refused") this.#discard(child);
      if (this.#closed) throw jcoClosed();
      return outcome;
    });
  }

  #start(): ChildProcess {
    const entry = ownFile(import.meta.url, "transpiler-process");
    const { program, args } = endingWithParent(process.execPath, [
      "--permission",
      ...readable(fileURLToPath(entry)).map((path) => `--allow-fs-read=${path}`),
      "--allow-worker",
      "--disallow-code-generation-from-strings",
      "--disable-sigusr1",
      `--max-old-space-size=${this.#options.memory}`,
      `--wasm-max-mem-pages=${this.#options.memory * 16}`,
    ]);
    const options = {
      serialization: "advanced",
      // It has no use for our tokens, for files but packages, for other processes or the network. Worker threads it
      // has: jco's WASI shim starts one.
      env: {},
      execPath: program,
    } as const;
    const child = withoutInherited(["ignore", "ignore", "ignore", "ipc"], (stdio) =>
      fork(entry, { ...options, execArgv: [...args], stdio: [...stdio] }),
    );
    const forget = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once("exit", forget).on("error", forget);
    release(child);
    this.#child = child;
    return child;
  }

  #discard(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
    // Not SIGTERM: it may be stuck in WebAssembly.
    child.kill("SIGKILL");
  }
}

const tool = "@bytecodealliance/jco-transpile";

/** The entry, and every folder of packages that jco could find its dependencies in. */
function readable(entry: string): string[] {
  const found = [findPackageJSON(import.meta.url), installed()].filter((path) => path !== undefined);
  // Packages are linked to, where they are installed by pnpm or as peers from elsewhere.
  const manifests = new Set(found.flatMap((path) => [path, realpathSync(path)]));
  const folders = new Set<string>();
  for (const manifest of manifests) {
    for (let at = dirname(manifest); at !== dirname(at); at = dirname(at)) {
      folders.add(join(at, "node_modules", "*"));
    }
  }
  return [entry, ...manifests, ...folders];
}

/** Path where jco's own package is described; undefined where it is not installed. */
function installed(): string | undefined {
  try {
    return findPackageJSON(tool, import.meta.url);
  } catch {
    return undefined;
  }
}

function jcoClosed(): HotcellError {
  return new HotcellError("closed", "The jco engine was closed.", {
    remedy: "Use the host that createHost gives next.",
  });
}

function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

/** jco's reasons are several lines ("Caused by: …"), a panic's with a stack of wasm frames. */
function oneLine(reason: string): string {
  return reason
    .replace(/\n\s*at [^\n]*/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 400);
}
