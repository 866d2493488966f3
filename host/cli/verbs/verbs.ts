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
import { call } from "./operate/call.ts";
import { completionOf } from "./operate/completion.ts";
import { deploy } from "./operate/deploy.ts";
import { events } from "./operate/events-verb.ts";
import { grant } from "./operate/grant.ts";
import { history } from "./operate/history-verb.ts";
import { login } from "./operate/login.ts";
import { logout } from "./operate/logout.ts";
import { logs } from "./operate/logs.ts";
import { ls } from "./operate/ls.ts";
import { rm } from "./operate/rm.ts";
import { rollback } from "./operate/rollback.ts";
import { set } from "./operate/set.ts";
import { show } from "./operate/show.ts";
import { top } from "./operate/top.ts";
import { serve } from "./serve.ts";
import { test } from "./test.ts";
import { token } from "./token.ts";
import { types } from "./types-verb.ts";
import type { Verb } from "./verb.ts";
import { wit } from "./wit.ts";

export const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["serve", serve],
  ["login", login],
  ["logout", logout],
  ["ls", ls],
  ["show", show],
  ["deploy", deploy],
  ["call", call],
  ["logs", logs],
  ["events", events],
  ["top", top],
  ["history", history],
  ["rollback", rollback],
  ["grant", grant],
  ["set", set],
  ["rm", rm],
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
  ["completion", completionOf(() => verbs)],
]);
