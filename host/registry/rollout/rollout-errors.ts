/** Errors of deployments that go host by host. */
import { type ErrorCode, HotcellError } from "../../errors.ts";
import type { Tally } from "./tally.ts";

export function rolloutUnderWay(plugin: string, host: string): HotcellError {
  return new HotcellError(
    "rollout-under-way",
    `${host} tries a new version of ${plugin} before the other hosts get it; nothing else of it changes meanwhile.`,
    {
      subject: plugin,
      remedy: `Wait until that has ended, or stop it: DELETE /plugins/${plugin}/rollout (in code: stopRollout).`,
    },
  );
}

export function rolloutStopped(plugin: string, who: string | undefined): HotcellError {
  const by = who === undefined ? "Somebody" : who;
  return new HotcellError(
    "rollout-stopped",
    `${by} stopped the rollout of ${plugin}: what was live before is live everywhere.`,
    { subject: plugin, remedy: "Ask whoever stopped it, and deploy it again." },
  );
}

export function noRollout(plugin: string): HotcellError {
  return new HotcellError("bad-request", `No host rolls ${plugin} out.`, {
    subject: plugin,
    remedy: `Go back to the version before, if that is meant: POST /plugins/${plugin}/rollback (in code: rollback).`,
  });
}

/** Failure on the first host: it traps more than the version before did. */
export function trapsMore(plugin: string, before: Tally, now: Tally): HotcellError {
  return rolloutFailed(
    plugin,
    `on the first host ${share(now)} ended their cell, of the version before ${share(before)}`,
    { calls: now.calls, traps: now.traps, before: { ...before } },
  );
}

/** Failure on another host, which does not run it. */
export function hostBehind(
  plugin: string,
  host: string,
  code: ErrorCode,
  undone: string | undefined,
): HotcellError {
  const kept = undone === undefined ? "" : ` It could not be undone: ${undone}`;
  return rolloutFailed(plugin, `${host} does not run it (${code})`, { host, code }, kept);
}

/** Failure whose reason is another error. */
function rolloutFailed(
  plugin: string,
  why: string,
  extra: Readonly<Record<string, unknown>>,
  kept = " What was live before is live everywhere.",
): HotcellError {
  return new HotcellError("rollout-failed", `The rollout of ${plugin} has failed: ${why}.${kept}`, {
    subject: plugin,
    remedy: `Mend it and deploy it again, or to all hosts at once: ?at-once (in code: atOnce). What ended calls on the first host: GET /plugins/${plugin}/traps there (in code: traps).`,
    extra,
  });
}

function share({ calls, traps }: Tally): string {
  return `${traps} of ${calls} calls`;
}
