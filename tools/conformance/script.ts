/** Runs a `.wast` script of the component model: what of it an engine does as it should. */
import type { Component } from "../../host/component/component.ts";
import type { Cell, CompiledComponent } from "../../host/engine/engine.ts";
import { HotcellError } from "../../host/errors.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { constantOf, sameValue } from "./constants.ts";
import { headOf, type List, type Node, parseNodes, textOf } from "./s-expression.ts";

/** What is put to the test. Every function throws when it refuses. */
export interface Subject {
  readonly name: string;
  inspect(bytes: Uint8Array): Component;
  compile(component: Component): Promise<CompiledComponent>;
  /** Whether what must be refused is put to it too. */
  readonly refusals: boolean;
}

export interface Tally {
  /** Components that have to be accepted and, where the script says so, started. */
  readonly loads: Count;
  /** What was said about calls of them. */
  readonly calls: Count;
  /** Components that have to be refused. */
  readonly refusals: Count;
  /** Directives that could not be put to the subject, nor what they need: the text parser does not know the syntax. */
  unparsed: number;
  readonly failures: Failure[];
  /** How many of the failures come from a feature that was refused by name, by feature. */
  readonly refused: Map<string, number>;
}

interface Failure {
  /** Whether a feature was refused by name, or the text parser does not know the syntax. */
  readonly explained: boolean;
  /** Where in the script, what went wrong, and how the directive begins. */
  readonly text: string;
}

interface Count {
  passed: number;
  failed: number;
}

interface Instance {
  readonly component: Component;
  readonly cell: Cell;
}

export async function runScript(
  source: string,
  parse: (text: string) => Uint8Array,
  subject: Subject,
): Promise<Tally> {
  const runner = new Runner(source, parse, subject);
  for (const node of parseNodes(source)) await runner.run(node as List);
  return runner.tally;
}

/** The text parser does not know this. */
class Unparsed extends Error {}

/** What a directive is about failed before. */
class Missing extends Error {}

interface Loaded {
  readonly component: Component;
  readonly compiled: CompiledComponent;
}

class Runner {
  readonly tally: Tally = {
    loads: { passed: 0, failed: 0 },
    calls: { passed: 0, failed: 0 },
    refusals: { passed: 0, failed: 0 },
    unparsed: 0,
    failures: [],
    refused: new Map(),
  };
  readonly #source: string;
  readonly #parse: (text: string) => Uint8Array;
  readonly #subject: Subject;
  readonly #definitions = new Map<string, Loaded | Missing>();
  readonly #instances = new Map<string, Instance | Missing>();
  #last: Loaded | Missing = new Missing("there is no definition");
  #current: Instance | Missing = new Missing("there is no instance");

  constructor(source: string, parse: (text: string) => Uint8Array, subject: Subject) {
    this.#source = source;
    this.#parse = parse;
    this.#subject = subject;
  }

  async run(node: List): Promise<void> {
    switch (headOf(node)) {
      case "component":
        await this.#component(node);
        break;
      case "invoke":
        await this.#attempt("calls", node, () => this.#invoke(node));
        break;
      case "assert_return":
        await this.#attempt("calls", node, () => this.#assertReturn(node));
        break;
      case "assert_trap":
        await this.#attempt("calls", node, () => this.#assertTrap(node));
        break;
      case "assert_invalid":
      case "assert_malformed":
        if (!this.#subject.refusals) break;
        await this.#attempt("refusals", node, () => this.#assertRefused(node));
        break;
      default:
        await this.#attempt("loads", node, () => {
          throw new Unparsed(`unknown directive ${headOf(node)}`);
        });
    }
  }

  async #attempt(kind: "loads" | "calls" | "refusals", node: Node, body: () => unknown): Promise<void> {
    try {
      await body();
      this.tally[kind].passed++;
    } catch (thrown) {
      const line = this.#source.slice(0, node.start).split("\n").length;
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const unparsed = causes(thrown).some((cause) => cause instanceof Unparsed);
      if (unparsed) this.tally.unparsed++;
      else this.tally[kind].failed++;
      const feature = refusedFeature(thrown);
      if (feature !== undefined) this.tally.refused.set(feature, (this.tally.refused.get(feature) ?? 0) + 1);
      const text = this.#source.slice(node.start, node.start + 90).replace(/\s+/g, " ");
      this.tally.failures.push({
        explained: unparsed || feature !== undefined,
        text: `${line}: ${unparsed ? "unparsed" : kind}: ${message.split("\n")[0]}  ${text}`,
      });
    }
  }

  async #component(node: List): Promise<void> {
    const words = node.items.slice(1, 4).map((item) => (item.kind === "atom" ? item.text : ""));
    if (words[0] === "instance") {
      // (component instance $name? $definition?)
      const names = words.slice(1).filter((word) => word.startsWith("$"));
      await this.#attempt("loads", node, () => {
        const named = names.length === 2 ? this.#definitions.get(names[1]!) : this.#last;
        this.#start(named ?? new Missing("there is no such definition"), names[0]);
      });
      return;
    }
    const name = words.slice(0, 2).find((word) => word.startsWith("$"));
    const starts = words[0] !== "definition";
    await this.#attempt("loads", node, async () => {
      try {
        this.#last = await this.#load(node);
      } catch (cause) {
        this.#last = new Missing("its definition did not load", { cause });
        if (starts) this.#current = this.#last;
        throw cause;
      } finally {
        if (name) this.#definitions.set(name, this.#last);
      }
      if (starts) this.#start(this.#last, name);
    });
  }

  async #load(node: List): Promise<Loaded> {
    const component = this.#subject.inspect(this.#bytes(node));
    return { component, compiled: await this.#subject.compile(component) };
  }

  /** Makes it the current instance, or the failure to start it. */
  #start(definition: Loaded | Missing, name?: string): void {
    try {
      this.#current = instantiate(definition);
    } catch (cause) {
      this.#current = new Missing("its component did not start", { cause });
      throw cause;
    } finally {
      if (name) this.#instances.set(name, this.#current);
    }
  }

  #bytes(node: List): Uint8Array {
    const [, ...items] = node.items;
    const words = items.slice(0, 3).map((item) => (item.kind === "atom" ? item.text : ""));
    const strings = items.flatMap((item) => (item.kind === "string" ? [item.bytes] : []));
    if (words.includes("binary")) return Uint8Array.from(Buffer.concat(strings));
    const from = words[0] === "definition" ? items[0]!.end : node.items[0]!.end;
    const text = words.includes("quote")
      ? `(component ${Buffer.concat(strings).toString()})`
      : `(component ${this.#source.slice(from, node.end)}`;
    try {
      return new Uint8Array(this.#parse(text));
    } catch (thrown) {
      throw new Unparsed(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #invoke(node: List): { type: ReturnType<typeof exportedFunctions>[number]["type"]; value: unknown } {
    const [, first, ...rest] = node.items;
    const named = first?.kind === "atom";
    const instance = named ? this.#instances.get(first.text) : this.#current;
    const name = textOf(named ? rest[0] : first)!;
    const constants = named ? rest.slice(1) : rest;
    if (!instance) throw new Error("there is no such instance");
    if (instance instanceof Missing) throw instance;
    const found = exportedFunctions(instance.component.world).find((f) => f.key === name);
    if (!found) throw new Error(`no export ${name}`);
    const args = constants.map((constant, i) => constantOf(found.type.parameters[i]!.type, constant));
    return { type: found.type, value: instance.cell.function(name)(...args) };
  }

  #assertReturn(node: List): void {
    const [, call, expected] = node.items;
    const { type, value } = this.#invoke(call as List);
    if (!expected || !type.result) return;
    const wanted = constantOf(type.result, expected);
    if (!sameValue(type.result, wanted, value))
      throw new Error(`expected ${show(wanted)}, got ${show(value)}`);
  }

  async #assertTrap(node: List): Promise<void> {
    const action = node.items[1] as List;
    const attempt =
      headOf(action) === "invoke"
        ? () => this.#invoke(action)
        : await this.#load(action).then((definition) => () => instantiate(definition));
    try {
      attempt();
    } catch (thrown) {
      // A cell that has ended can't be entered, which scripts call a trap too.
      const code = thrown instanceof HotcellError ? thrown.code : undefined;
      if (code === "trap" || code === "closed") return;
      throw thrown;
    }
    throw new Error("did not trap");
  }

  async #assertRefused(node: List): Promise<void> {
    let component: Component;
    try {
      component = this.#subject.inspect(this.#bytes(node.items[1] as List));
    } catch (thrown) {
      // Malformed text is the text parser's to refuse.
      if (thrown instanceof Unparsed && headOf(node) === "assert_invalid") throw thrown;
      return;
    }
    try {
      await this.#subject.compile(component);
    } catch {
      return;
    }
    throw new Error("was accepted");
  }
}

function instantiate(definition: Loaded | Missing): Instance {
  if (definition instanceof Missing) throw definition;
  return { component: definition.component, cell: definition.compiled.instantiate({}) };
}

function refusedFeature(thrown: unknown): string | undefined {
  for (const cause of causes(thrown))
    if (cause instanceof HotcellError && cause.code === "unsupported-feature") return cause.facts.subject;
  return undefined;
}

/** What was thrown, its cause, the cause of that, and so on. */
function causes(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = thrown; at instanceof Error; at = at.cause) chain.push(at);
  return chain;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part)) ?? "nothing";
}
