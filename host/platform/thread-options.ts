import type { WorkerOptions } from "node:worker_threads";

/**
 * Options of threads that run our own code: no flags and no environment. Under Node's permission model they get both,
 * because a thread that is given flags or `NODE_OPTIONS` of its own has no restrictions but those they name.
 */
export function threadOptions(): WorkerOptions {
  // Other flags may not fit a thread: `--input-type` of `node -e` would stop it.
  return process.permission ? {} : { execArgv: [], env: {} };
}
