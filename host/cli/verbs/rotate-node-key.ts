import { setTimeout as delay } from "node:timers/promises";
import type { ToldNodeKey } from "../../nodes/key-ring.ts";
import { parseLine, UsageError } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { ask, remoteHost } from "../remote/remote-host.ts";
import { noteLine, printJson, printLine } from "../terminal.ts";
import { hostHelp, hostOptions } from "./host-options.ts";
import type { Verb } from "./verb.ts";

const options = {
  wait: { type: "string" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

/** Milliseconds between looks. */
const lookEvery = 250;

export const rotateNodeKey: Verb = {
  help: `Usage: hotcell rotate-node-key [options]

Puts a new key in the place of the one by which the hosts of a store on NATS know one another. All of them accept both keys until
each that lives has the new one, and only then the one before ends; no call fails. Waits for that. Takes a token of scope admin. The key
is shown nowhere.

  --wait SECONDS   wait so long at most; 0: not at all   60
  --json           for programs: { "number": …, "alone": true, "waitsFor": [] }, as GET /nodes/key answers
${hostHelp}

Exit code: 9 where some host has not followed in that time: the change goes on by itself once it has, or has ended.

Example: hotcell rotate-node-key --url https://plugins.example.com`,
  options,
  operates: true,

  async run(args) {
    const { values } = parseLine({ args, options });
    const { wait = "60", url, token, json } = values;
    if (!/^\d{1,5}$/.test(wait)) throw new UsageError("--wait is a number of seconds.");
    const host = remoteHost(url, token, process.env);
    const end = performance.now() + Number(wait) * 1000;
    let told = (await ask(host, "POST", "/nodes/key")) as ToldNodeKey;
    const { number } = told;
    while (!isOver(told, number) && performance.now() < end) {
      await delay(lookEvery);
      told = (await ask(host, "GET", "/nodes/key")) as ToldNodeKey;
    }
    const over = isOver(told, number);
    if (json) printJson(told);
    else if (over) printLine(`All hosts have key ${number}; the one before is accepted no more.`);
    else noteLine(`Key ${number} is made, and the one before is accepted still: ${waited(told)}.`);
    return over || wait === "0" ? 0 : exitCodes.busy;
  },
};

/** Another may have been begun since. */
function isOver(told: ToldNodeKey, number: number): boolean {
  return told.number > number || (told.number === number && told.alone);
}

function waited({ waitsFor }: ToldNodeKey): string {
  if (waitsFor.length === 0) return "hosts are about to follow";
  const hosts = waitsFor.map(
    ({ machine, pid, version }) => `${machine} (process ${pid}, Hotcell ${version})`,
  );
  return `it waits for ${hosts.join(", ")}`;
}
