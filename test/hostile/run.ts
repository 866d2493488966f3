/** Carries an attack out against a host that serves other plugins meanwhile, wherever its code can be made to run. */
import { isDeepStrictEqual } from "node:util";
import { exampleWasm } from "../support/examples.ts";
import type { Answer, TestHost } from "../support/test-host.ts";
import type { Attack, Callee, Outcome, Refusal, Settings } from "./attack.ts";
import { placed } from "./positions.ts";

/** Units for each call and start: about 1 ms. */
export const littleFuel = 8_000_000;
const query = "?allow-breaking";
export const bystander = "bystander";

/** How what is attacked is deployed. */
export interface Ground {
  readonly placement: "inline" | "process";
  /** The engine, where the attack does not name one. */
  readonly engine?: "direct" | "jco";
  /** In place of the defaults. */
  readonly limits?: Settings["limits"];
}

/** Every way that an attack is carried out: by calls, or by what the host does with an upload. */
export const ways = ["shared", "fresh", "checks", "start", "init"] as const;
export type Way = (typeof ways)[number];

/** Deploys what must not suffer. */
export async function prepare(host: TestHost): Promise<void> {
  const { status, text } = await host.put(bystander, exampleWasm("greet"));
  if (status !== 201) throw new Error(text);
}

export interface Step {
  /** What was done. */
  readonly doing: string;
  readonly answer: Answer;
  /** What it must come to. */
  readonly expected: Outcome;
  /** Or to. */
  readonly orElse?: Outcome | undefined;
}

/** Whether it can be carried out so; what is refused is uploaded in one way only. */
function bytesFor(attack: Attack, bytes: Uint8Array<ArrayBuffer>, way: Way) {
  if (attack.refused) return way === "shared" ? bytes : undefined;
  return way === "start" || way === "init" ? placed(attack, bytes, way) : bytes;
}

/**
 * Uploads it over a plugin, which is there before and gone afterwards, and calls it, twice: after a trap the second
 * time. `step` is told of each answer. False where it can't be carried out so.
 */
export async function attack(
  host: TestHost,
  target: string,
  one: Attack,
  way: Way,
  ground: Ground,
  step: (step: Step) => void | Promise<void>,
  made = one.bytes(),
): Promise<boolean> {
  const { callee } = one;
  if (!callee) return attackAlone(host, target, one, way, ground, step, made);
  const other = `${target}-callee`;
  await deployCallee(host, other, callee, target, ground.limits);
  const plugins = { "hostile:callee/work": other };
  const settings = { ...one.settings, grants: { ...one.settings?.grants, plugins } };
  try {
    return await attackAlone(host, target, { ...one, settings }, way, ground, step, made);
  } finally {
    await host.send("DELETE", `/plugins/${other}?breaks=${target}`);
  }
}

/** Deploys a callee inline, with the limits that hold for attacks. */
async function deployCallee(
  host: TestHost,
  name: string,
  { bytes, linkedBack = false }: Callee,
  target: string,
  limits: Settings["limits"] = {},
): Promise<void> {
  const plugins = linkedBack ? { plugins: { "hostile:target/work": target } } : {};
  const form = new FormData();
  form.set("plugin", new Blob([bytes()]), "callee.wasm");
  form.set("settings", JSON.stringify({ limits, grants: { logging: true, ...plugins } }));
  const { status, text } = await host.send("PUT", `/plugins/${name}${query}`, { body: form });
  if (status >= 300) throw new Error(text);
}

async function attackAlone(
  host: TestHost,
  target: string,
  one: Attack,
  way: Way,
  { placement, engine, limits }: Ground,
  step: (step: Step) => void | Promise<void>,
  made: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { settings = {}, refused, calls = [] } = one;
  const bytes = bytesFor(one, made, way);
  if (bytes === undefined) return false;
  const form = new FormData();
  form.set("plugin", new Blob([bytes]), "attack.wasm");
  for (const [name, content] of Object.entries(one.files?.() ?? {}))
    form.append("files", new Blob([content]), name);
  const asked = {
    ...settings,
    engine: settings.engine ?? engine ?? "direct",
    placement: settings.engine === "jco" ? "process" : placement,
    mode: way === "fresh" ? "fresh" : "shared",
    limits: { ...limits, ...settings.limits },
  };
  form.set("settings", JSON.stringify(asked));
  if (way === "checks") form.set("checks", JSON.stringify({ calls: [...calls, ...calls].map(checkOf) }));
  const ample = (limits?.fuel ?? Number.POSITIVE_INFINITY) > littleFuel;
  const answer = await host.send("PUT", `/plugins/${target}${query}`, { body: form });
  const expected = refused ?? (way === "shared" || way === "fresh" ? answered(answer) : "either");
  const orElse = ample ? refused?.withMoreFuel : undefined;
  await step({ doing: `upload (${way})`, answer, expected, orElse });
  if (refused || !answer.json?.revision || (way !== "shared" && way !== "fresh")) return true;
  for (const times of ["", " again"]) {
    for (const { call, args = [], outcome } of calls) {
      const said = await host.call(`${target}/${call}`, args);
      const expected = engine === "jco" ? "either" : outcome;
      const orElse = ample && "codes" in outcome ? outcome.withMoreFuel : undefined;
      await step({ doing: `${call}${times} in mode ${way}`, answer: said, expected, orElse });
    }
  }
  return true;
}

/** Only a value can be expected of a check, and a trap; the rest fails it. */
function checkOf({ call, args = [], outcome }: NonNullable<Attack["calls"]>[number]): object {
  if ("value" in outcome) return { call, args, returns: outcome.value ?? null };
  const { codes } = outcome;
  return codes !== "any" && codes.includes("trap") ? { call, args, traps: true } : { call, args };
}

/** An upload's answer is not compared as a value: that it is one is enough. */
function answered({ json, status }: Answer): Outcome {
  return { value: status < 300 ? json : "a deployment" };
}

/**
 * Puts there what an attack goes for, which checks of another upload bind no more. What its starts have spent in the last
 * second counts on under its name, so `limits` may have to let it start again at once.
 */
export async function restore(host: TestHost, target: string, limits: object = {}): Promise<void> {
  await host.send("DELETE", `/plugins/${target}?keep-data=false`);
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(exampleWasm("greet"))]), "greet.wasm");
  form.set("settings", JSON.stringify({ limits }));
  const { status, text } = await host.send("PUT", `/plugins/${target}${query}`, { body: form });
  if (status >= 300) throw new Error(text);
}

/** How a guest may also be ended that has all the fuel it wants, and by the limits that hold for all its calls. */
const byTheClock = ["timeout", "process-died", "fuel-rate"];

/** How an upload is refused before anything of it runs. */
const notReached = [
  "malformed-component",
  "invalid-component",
  "unknown-import",
  "import-mismatch",
  "import-not-granted",
];

/** What is wrong with the answer; undefined when it is what was expected. */
export function objection({ orElse, ...step }: Step): string | undefined {
  const found = objectionTo(step);
  return found !== undefined && orElse && objectionTo({ ...step, expected: orElse }) === undefined
    ? undefined
    : found;
}

function objectionTo({ doing, answer, expected }: Step): string | undefined {
  const { status, json, headers, text } = answer;
  const said = `${doing}: ${status} ${text.slice(0, 500)}`;
  if (expected === "either" && status < 300) return undefined;
  if (expected !== "either" && "value" in expected) {
    const value = status === 204 ? undefined : json;
    return status < 300 && isDeepStrictEqual(value, expected.value) ? undefined : said;
  }
  const { codes, says }: Refusal = expected === "either" ? { codes: "any" } : expected;
  const typed = headers.get("content-type") === "application/problem+json" && json?.status === status;
  // A component of ours that is malformed attacks nothing.
  const unmade = expected === "either" && notReached.includes(json?.code);
  if (!typed || json.code === "fault" || unmade) return `${said}\n  expected a refusal`;
  if (codes === "any") return undefined;
  if (byTheClock.includes(json.code) && codes.includes("out-of-fuel")) return undefined;
  // So a start, which is told by what it failed with.
  if (byTheClock.includes(json.reason) && says?.test('"reason":"out-of-fuel"')) return undefined;
  if (!codes.includes(json.code)) return `${said}\n  expected ${codes.join(" or ")}`;
  if (says && !says.test(text)) return `${said}\n  expected to say ${says}`;
  return undefined;
}

/** What a plain call to another plugin is answered. */
export async function ask(host: TestHost, plugin: string): Promise<string> {
  const { status, text } = await host.call(`${plugin}/greet`, ["Ada"]);
  return `${status} ${text}`;
}

export const greeting = '200 "Hello, Ada!"';
