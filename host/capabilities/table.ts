/** The capabilities of every host; `capability-table.ts` finds them, with an embedder's own. */
import type { Capability } from "./capability.ts";
import { environment } from "./cli/environment.ts";
import { program } from "./cli/program.ts";
import { clocks } from "./clocks/clocks.ts";
import { files } from "./files/files.ts";
import { http } from "./http/http.ts";
import { io } from "./io/io.ts";
import { keyValue } from "./key-value/key-value.ts";
import { logging } from "./logging/logging.ts";
import { plugins } from "./plugins/plugin-grant.ts";
import { random } from "./random/random.ts";
import { sockets } from "./sockets/sockets.ts";

export const capabilities: readonly Capability[] = [
  clocks,
  random,
  logging,
  environment,
  io,
  program,
  files,
  sockets,
  http,
  plugins,
  keyValue,
];
