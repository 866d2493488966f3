/** Work that nobody paid for once, against a whole host with its defaults: what it takes, and how long somebody else waits. */
import type { Attack, Unpaid } from "../../test/hostile/attack.ts";
import { requests } from "../../test/hostile/attacks/requests.ts";
import { beside, costAlone } from "../../test/hostile/bystander.ts";
import { corpus } from "../../test/hostile/corpus.ts";
import { attack, type Ground, prepare, restore } from "../../test/hostile/run.ts";
import { startTestHost, type TestHost } from "../../test/support/test-host.ts";
import type { Effort, EffortTable } from "./table.ts";

const grounds: Readonly<Record<string, Ground>> = {
  inline: { placement: "inline" },
  "in a process": { placement: "process" },
};

/** A plugin of its own for each row: what one may spend in a second is not left over from another. */
const targetOf = (row: number) => `target-${row}`;

export async function unpaidWork(): Promise<EffortTable[]> {
  const attacks = Object.values(corpus).flat();
  const kinds = new Set([...attacks, ...requests].flatMap(({ unpaid }) => unpaid ?? []));
  const tables: EffortTable[] = [];
  for (const kind of kinds) tables.push(await tableOf(kind, attacks));
  return tables;
}

async function tableOf(kind: Unpaid, attacks: readonly Attack[]): Promise<EffortTable> {
  const rows: Effort[] = [];
  const host = await startTestHost();
  await prepare(host);
  const alone = await costAlone(host);
  for (const one of attacks.filter(({ unpaid }) => unpaid === kind)) {
    const bytes = one.bytes();
    for (const [where, ground] of Object.entries(grounds)) {
      const target = targetOf(rows.length);
      await restore(host, target);
      rows.push(
        await effort(host, target, alone, `${one.name} (${where})`, () =>
          attack(host, target, one, "shared", ground, () => {}, bytes),
        ),
      );
    }
  }
  for (const { unpaid, name, prepare, send } of requests) {
    if (unpaid !== kind) continue;
    const target = targetOf(rows.length);
    await restore(host, target);
    const prepared = await prepare(host, target);
    rows.push(await effort(host, target, alone, name, () => send(host, target, prepared)));
  }
  await host.close();
  return { title: `Work that nobody paid for once: ${kind}`, rows };
}

async function effort(
  host: TestHost,
  target: string,
  alone: number,
  name: string,
  act: () => Promise<unknown>,
): Promise<Effort> {
  const { wall, thread, busy, byClock } = await beside(host, act, alone);
  const { fuel } = host.registry.details(target).counters;
  return { name, wall, thread, fuel, waited: busy, waitedByClock: byClock };
}
