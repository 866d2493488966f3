/**
 * Damaged components of all kinds, judged by Hotcell's inspection and by the validator of wasm-tools: where they differ,
 * it must be for a reason that `validity-known.ts` has.
 */
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import type { ComponentDefinition } from "../../../host/component/definition.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { HotcellError } from "../../../host/errors.ts";
import { anyLinkedModules } from "../damage/any-core-types.ts";
import { type Layout, layoutOf } from "../damage/component-layout.ts";
import { mutateComponent } from "../damage/mutate-component.ts";
import { objectionTo } from "../damage/validator.ts";
import { disagreements } from "../damage/validity-known.ts";
import { validitySeeds } from "../damage/validity-seeds.ts";
import { generator } from "../support/random.ts";

export interface ValidityReport {
  readonly components: number;
  /** Verdicts of both, and how often. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Features that were refused by name. */
  readonly unsupported: Readonly<Record<string, number>>;
  readonly explained: Readonly<Record<string, number>>;
  /** Differences that nobody explained, and answers that are no answers. */
  readonly wrong: readonly string[];
  readonly eachMicroseconds: number;
}

/** So many of what can't be explained are told in full. */
const told = 20;

const mostGrown = 300;
/** Bytes. */
const largestGrown = 2_000;

/** The same components for the same seed; without the examples, whatever built them. */
export async function soakValidity(
  components: number,
  seed = 1,
  withExamples = true,
): Promise<ValidityReport> {
  const { parse } = await loadWasmTools();
  const random = generator(seed);
  const written = Array.from({ length: 100 }, () => parse(`(component ${anyLinkedModules(random)})`));
  const { small, large } = await validitySeeds(withExamples);
  const little = [...small, ...written].map((bytes) => layoutOf(new Uint8Array(bytes)));
  const all = [...little, ...large.map((bytes) => layoutOf(bytes))];
  const grown: Layout[] = [];
  const tally = new ValidityTally();
  const start = process.cpuUsage();
  for (let number = 0; number < components; number++) {
    // A change to a large one mostly hits what is like the rest of it.
    const from = random(8) ? (random(3) === 0 && grown.length > 0 ? grown : little) : all;
    const bytes = mutateComponent(pick(from, random), random(8) ? little : all, random);
    const accepted = await tally.judge(bytes, `component ${number} of seed ${seed}`);
    // What was changed and is valid still is changed further.
    if (accepted && bytes.length < largestGrown && random(4) === 0) {
      grown[grown.length < mostGrown ? grown.length : random(mostGrown)] = layoutOf(bytes);
    }
  }
  const { user, system } = process.cpuUsage(start);
  return tally.report(components, (user + system) / components);
}

function pick(layouts: readonly Layout[], random: (below: number) => number): Layout {
  return layouts[random(layouts.length)]!;
}

class ValidityTally {
  readonly #verdicts = new Map<string, number>();
  readonly #unsupported = new Map<string, number>();
  readonly #explained = new Map<string, number>();
  readonly #wrong: string[] = [];

  /** Whether both accept it. */
  async judge(bytes: Uint8Array<ArrayBuffer>, what: string): Promise<boolean> {
    const { ours, definition } = verdictOn(bytes);
    const theirs = (await objectionTo(bytes)) ?? "accepted";
    const [code = ""] = ours.split(":");
    add(this.#verdicts, `${code}, wasm-tools ${theirs === "accepted" ? "accepts" : "refuses"}`);
    const feature = /^unsupported-feature: (.*)$/.exec(ours)?.[1];
    if (feature !== undefined) add(this.#unsupported, feature.replace(/ \(".*/s, ""));
    if (code === "fault") this.#fail(`${what}: ${ours}`);
    // What is refused for a feature, or for its code, may be refused for something else too.
    else if ((ours === "accepted") !== (theirs === "accepted") && code !== "code") {
      const known = disagreements.find(
        (d) =>
          d.ours.test(ours) && d.theirs.test(theirs) && (!d.about || (definition && d.about(definition))),
      );
      if (known) add(this.#explained, known.name);
      else
        this.#fail(
          `${what}: Hotcell: ${ours}; wasm-tools: ${theirs}; ${Buffer.from(bytes).toString("base64")}`,
        );
    }
    return ours === "accepted" && theirs === "accepted";
  }

  report(components: number, eachMicroseconds: number): ValidityReport {
    return {
      components,
      verdicts: sorted(this.#verdicts),
      unsupported: sorted(this.#unsupported),
      explained: sorted(this.#explained),
      wrong:
        this.#wrong.length > told
          ? [...this.#wrong.slice(0, told), `${this.#wrong.length} in all`]
          : this.#wrong,
      eachMicroseconds: Math.round(eachMicroseconds),
    };
  }

  #fail(text: string): void {
    this.#wrong.push(text);
  }
}

interface Verdict {
  /** `accepted`, or the code of the refusal and what it says; `code` if only the core modules' code is refused. */
  readonly ours: string;
  readonly definition?: ComponentDefinition;
}

function verdictOn(bytes: Uint8Array<ArrayBuffer>): Verdict {
  try {
    const { coreModules, definition } = inspectComponent(bytes);
    // wasm-tools is asked about no code, and V8 about nothing else.
    const runs = coreModules.every((module) => WebAssembly.validate(new Uint8Array(module.bytes)));
    return { ours: runs ? "accepted" : "code: a core module is not valid", definition };
  } catch (error) {
    return { ours: refusalOf(error) };
  }
}

function refusalOf(error: unknown): string {
  if (!(error instanceof HotcellError)) return `fault: ${error instanceof Error ? error.stack : error}`;
  const { subject, offset } = error.facts;
  if (error.code === "unsupported-feature") return `${error.code}: ${subject}`;
  const placed = offset !== undefined || error.code === "component-limit";
  return `${placed ? "" : "fault: nothing says where: "}${error.code}: ${error.message}`;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
