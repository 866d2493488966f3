/** Verbs of the command line, in the order of its help. A new one is a file beside this and a line here. */
import { backup } from "./backup.ts";
import { build } from "./build.ts";
import { client } from "./client-verb.ts";
import { contract } from "./contract.ts";
import { dev } from "./dev.ts";
import { diff } from "./diff-verb.ts";
import { doctor } from "./doctor.ts";
import { inspect } from "./inspect-verb.ts";
import { kv } from "./kv.ts";
import { mcp } from "./mcp-verb.ts";
import { newPlugin } from "./new.ts";
import { serve } from "./serve.ts";
import { test } from "./test.ts";
import { token } from "./token.ts";
import { types } from "./types-verb.ts";
import type { Verb } from "./verb.ts";
import { wit } from "./wit.ts";

export const verbs: ReadonlyMap<string, Verb> = new Map([
  ["serve", serve],
  ["new", newPlugin],
  ["build", build],
  ["test", test],
  ["dev", dev],
  ["wit", wit],
  ["inspect", inspect],
  ["diff", diff],
  ["types", types],
  ["client", client],
  ["contract", contract],
  ["mcp", mcp],
  ["token", token],
  ["kv", kv],
  ["backup", backup],
  ["doctor", doctor],
]);
