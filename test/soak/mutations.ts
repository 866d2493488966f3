/** Damaged components, uploaded: each is answered with a typed error or deployed, quickly, and nothing else suffers. */
import { exampleWasm } from "../support/examples.ts";
import { generator } from "./random.ts";
import { startServer } from "./server.ts";

export interface MutationReport {
  readonly uploads: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Uploads that were answered with 5xx, not at all, or without a problem's code. */
  readonly wrong: readonly string[];
  readonly slowestMilliseconds: number;
  /** What a valid upload and a call were answered afterwards. */
  readonly afterwards: string;
}

export async function soakMutations(uploads: number, seed = 1): Promise<MutationReport> {
  await using server = await startServer();
  const valid = exampleWasm("greet");
  const random = generator(seed);
  const statuses: Record<string, number> = {};
  const wrong: string[] = [];
  let slowest = 0;
  for (let i = 0; i < uploads; i++) {
    const start = performance.now();
    const answer = await server.upload("mutated", mutate(valid, random), "?allow-breaking");
    const body = (await answer.json()) as { code?: string; detail?: string };
    slowest = Math.max(slowest, performance.now() - start);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    const typed = answer.ok || (answer.status >= 400 && answer.status < 500 && body.code);
    if (!typed) wrong.push(`mutation ${i} of seed ${seed}: ${answer.status} ${body.code} ${body.detail}`);
  }
  wrong.push(...server.faults.map(String));
  const deployed = await server.upload("greet", valid);
  const call = await fetch(`${server.url}/call/greet/greet?name=Ada`);
  const afterwards = `${deployed.status} ${call.status} ${await call.text()}`;
  return { uploads, statuses, wrong, slowestMilliseconds: Math.round(slowest), afterwards };
}

/** One to four changes: a byte flipped, set, inserted or removed, a stretch doubled, or the end cut off. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let mutated = Array.from(bytes);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(mutated.length);
    const kind = random(12);
    if (kind < 4) mutated[at] = (mutated[at] ?? 0) ^ (1 << random(8));
    else if (kind < 7) mutated[at] = random(256);
    else if (kind < 8) mutated.splice(at, 0, random(256));
    else if (kind < 10) mutated.splice(at, 1 + random(4));
    else if (kind < 11) mutated.splice(at, 0, ...mutated.slice(at, at + random(64)));
    else mutated = mutated.slice(0, at);
  }
  return Uint8Array.from(mutated);
}
