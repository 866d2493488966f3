/** More plugins than a host has memory for: it refuses in order, and what it admitted serves on. */
import { component } from "../../../test/guests/small-plugins.ts";
import { memoryInUse } from "../support/collect.ts";
import { startServer } from "../support/server.ts";

export interface AdmissionReport {
  readonly small: HostReport;
  readonly many: HostReport;
}

interface HostReport {
  readonly plugins: number;
  readonly admitted: number;
  /** 503 `no-capacity` with Retry-After, each after all that were admitted. */
  readonly refused: number;
  /** What was answered otherwise than it had to be. */
  readonly wrong: readonly string[];
  /** Milliseconds that the slowest deployment took, admitted or not. */
  readonly slowestMilliseconds: number;
  /** The whole process: before the first plugin, and with all that were admitted. */
  readonly residentMiB: readonly number[];
}

const mebibyte = 2 ** 20;
const smallBudget = 24 * mebibyte;

/** A host with 24 MiB for cells of 1 MiB each, and one with the usual memory and so many plugins. */
export async function soakAdmission(plugins: number): Promise<AdmissionReport> {
  const small = await fill(Math.max(40, plugins / 10), 16, smallBudget);
  return { small, many: await fill(plugins, 1) };
}

/** Knows its number, counts its calls (so its cell can't be replaced unnoticed), and grows on demand. */
function numbered(number: number, pages: number): Uint8Array<ArrayBuffer> {
  return component(`
    (core module $M (memory ${pages}) (global $calls (mut i32) (i32.const 0))
      (func (export "number") (result i32) (i32.const ${number}))
      (func (export "count") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
      (func (export "grow") (result i32) (memory.grow (i32.const 16))))
    (core instance $m (instantiate $M))
    (func (export "number") (result u32) (canon lift (core func $m "number")))
    (func (export "count") (result u32) (canon lift (core func $m "count")))
    (func (export "grow") (result s32) (canon lift (core func $m "grow")))`);
}

/** Deploys plugin after plugin with so many pages each. `budget`: bytes for all cells of the host. */
async function fill(plugins: number, pages: number, budget?: number): Promise<HostReport> {
  await using server = await startServer(undefined, budget === undefined ? {} : { cellMemory: budget });
  const wrong: string[] = [];
  const residentMiB = [(await memoryInUse()).resident];
  const expectToSay = async (path: string, expected: unknown) => {
    const { status, text } = await server.ask("GET", `/call/${path}`);
    if (status !== 200 || text !== JSON.stringify(expected)) wrong.push(`${path}: ${status} ${text}`);
  };
  const capacity = budget === undefined ? plugins : Math.floor(budget / (pages * 65_536));
  let [admitted, refused, slowest] = [0, 0, 0];
  for (let i = 0; i < plugins; i++) {
    const bytes = numbered(i, pages);
    const start = performance.now();
    const answer = await server.upload(`plugin-${i}`, bytes);
    const said = await answer.text();
    slowest = Math.max(slowest, performance.now() - start);
    const right = i < capacity ? answer.status === 201 : isRefusal(answer, said);
    if (!right) wrong.push(`deployment ${i}: ${answer.status} ${said.slice(0, 300)}`);
    if (answer.ok) admitted++;
    else refused++;
    if (!answer.ok && i < capacity) break;
    if (i < capacity) await expectToSay(`plugin-${i}/count`, 1);
    // One that was admitted before still is what it was.
    await expectToSay(
      `plugin-${(i * 7) % Math.min(i + 1, capacity)}/number`,
      (i * 7) % Math.min(i + 1, capacity),
    );
  }
  residentMiB.push((await memoryInUse()).resident);
  for (let i = 0; i < admitted; i++) await expectToSay(`plugin-${i}/count`, 2);
  if (budget !== undefined && admitted > 1) {
    // What is full can't grow, and one that leaves makes room for one more.
    await expectToSay("plugin-0/grow", -1);
    await server.ask("DELETE", "/plugins/plugin-1");
    const { status } = await server.upload("late", numbered(1, pages));
    if (status !== 201) wrong.push(`the one that came late: ${status}`);
    await expectToSay("late/number", 1);
    await expectToSay("plugin-0/count", 3);
  }
  wrong.push(...server.faults.map(String));
  return { plugins, admitted, refused, wrong, slowestMilliseconds: Math.round(slowest), residentMiB };
}

function isRefusal({ status, headers }: Response, said: string): boolean {
  const { code } = JSON.parse(said) as { code?: string };
  return status === 503 && code === "no-capacity" && Number(headers.get("retry-after")) > 0;
}
