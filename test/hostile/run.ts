/** Carries an attack out against a host that serves other plugins meanwhile. */
import { isDeepStrictEqual } from "node:util";
import type { Answer, TestHost } from "../http/support.ts";
import { exampleWasm } from "../support/examples.ts";
import type { Attack, Refusal, Value } from "./attack.ts";

/** For the host that is attacked: how much may be spent in a second has attacks of its own. */
export const ceilings = { fuelPerSecond: 1e12 };
/** Units for each call and start: about 1 ms. */
export const littleFuel = 2_000_000;
const modes = ["shared", "fresh"] as const;
const query = "?allow-breaking";
const target = "target";
export const bystander = "bystander";

/** Deploys what is attacked, and what must not suffer. */
export async function prepare(host: TestHost): Promise<void> {
  const deployed = [
    await host.put(target, exampleWasm("greet")),
    await host.put(bystander, exampleWasm("greet")),
  ];
  for (const { status, text } of deployed) if (status !== 201) throw new Error(text);
}

export interface Step {
  /** What was done. */
  readonly doing: string;
  readonly answer: Answer;
  /** What it must come to. */
  readonly expected: Refusal | Value;
}

/** Uploads it over the target, and calls it in both modes; `step` is told of each answer. */
export async function attack(
  host: TestHost,
  { bytes, settings = {}, refused, calls = [] }: Attack,
  fuel: number,
  step: (step: Step) => void | Promise<void>,
): Promise<void> {
  const form = new FormData();
  form.set("plugin", new Blob([bytes()]), "attack.wasm");
  const limits = { fuel, ...ceilings, ...settings.limits };
  form.set("settings", JSON.stringify({ ...settings, limits }));
  const answer = await host.send("PUT", `/plugins/${target}${query}`, { body: form });
  await step({ doing: "upload", answer, expected: refused ?? { value: expect200(answer) } });
  if (refused || !answer.json?.revision) return;
  for (const mode of modes) {
    if (mode === "fresh") {
      await host.send("PATCH", `/plugins/${target}`, {
        body: JSON.stringify({ mode }),
        headers: { "content-type": "application/json" },
      });
    }
    for (const { call, args = [], outcome } of calls) {
      const said = await host.call(`${target}/${call}`, args);
      await step({ doing: `${call} in mode ${mode}`, answer: said, expected: outcome });
    }
  }
}

/** Puts back what the next attack goes for. */
export async function restore(host: TestHost): Promise<void> {
  await host.put(target, exampleWasm("greet"), query);
}

/** An upload's answer is not compared as a value: that it is one is enough. */
function expect200({ json, status }: Answer): unknown {
  return status < 300 ? json : "a deployment";
}

/** What is wrong with the answer; undefined when it is what was expected. */
export function objection({ doing, answer, expected }: Step): string | undefined {
  const { status, json, headers, text } = answer;
  const said = `${doing}: ${status} ${text.slice(0, 500)}`;
  if ("value" in expected) {
    const value = status === 204 ? undefined : json;
    return status < 300 && isDeepStrictEqual(value, expected.value) ? undefined : said;
  }
  const { codes, says } = expected;
  const typed = headers.get("content-type") === "application/problem+json" && json?.status === status;
  if (!typed || !codes.includes(json.code)) return `${said}\n  expected ${codes.join(" or ")}`;
  if (says && !says.test(text)) return `${said}\n  expected to say ${says}`;
  return undefined;
}

/** What a plain call to another plugin is answered. */
export async function askBystander(host: TestHost): Promise<string> {
  const { status, text } = await host.call(`${bystander}/greet`, ["Ada"]);
  return `${status} ${text}`;
}

export async function askTarget(host: TestHost): Promise<string> {
  const { status, text } = await host.call(`${target}/greet`, ["Ada"]);
  return `${status} ${text}`;
}

export const greeting = '200 "Hello, Ada!"';
