/** Exit codes of the verbs that operate a host, for scripts: docs/cli.md tells them. */

import { type ErrorCode, HotcellError } from "../errors.ts";

export const exitCodes = {
  failed: 1,
  line: 2,
  undecided: 3,
  noHost: 4,
  token: 5,
  missing: 6,
  stale: 7,
  plugin: 8,
  busy: 9,
} as const;

const codes: Partial<Record<ErrorCode, number>> = {
  ...all(
    exitCodes.undecided,
    "incompatible",
    "import-not-granted",
    "state-loss",
    "data-kept",
    "has-dependants",
    "contract-breaks",
  ),
  ...all(exitCodes.noHost, "no-host"),
  ...all(exitCodes.token, "unauthorized", "forbidden"),
  ...all(exitCodes.missing, "plugin-not-found", "version-not-found", "function-not-found", "file-not-found"),
  ...all(exitCodes.missing, "contract-not-found", "bucket-not-found", "key-not-found", "token-not-found"),
  ...all(exitCodes.missing, "image-not-found"),
  ...all(exitCodes.stale, "stale-revision", "stale-value", "already-exists"),
  ...all(exitCodes.plugin, "guest-error", "exited", "trap", "result-too-large", "no-response"),
  ...all(exitCodes.plugin, "handler-error", "bad-response", "process-died", "out-of-memory", "out-of-fuel"),
  ...all(exitCodes.plugin, "timeout", "link-failed", "plugin-damaged"),
  ...all(exitCodes.busy, "too-many-requests", "rate-limited", "too-many-calls", "fuel-rate", "backing-off"),
  ...all(exitCodes.busy, "no-capacity", "closed", "call-under-way", "registry-busy"),
  ...all(exitCodes.busy, "rollout-under-way", "workers-unavailable", "store-unavailable"),
};

/** Code that a verb which throws this ends with. */
export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof HotcellError ? (codes[thrown.code] ?? exitCodes.failed) : exitCodes.failed;
}

function all(exit: number, ...errors: readonly ErrorCode[]): Partial<Record<ErrorCode, number>> {
  return Object.fromEntries(errors.map((code) => [code, exit]));
}
