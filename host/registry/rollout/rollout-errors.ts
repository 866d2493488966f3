/** Errors of deployments that go host by host. */
import { type ErrorCode, HotcellError, rebuilt } from "../../errors.ts";
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
export function trapsMore(plugin: string, host: string, before: Tally, now: Tally): HotcellError {
  const failed = rolloutFailed(
    plugin,
    `on the first host, ${inWords(host)}, ${share(now)} ended their cell, of the version before ${share(before)}`,
    { calls: now.calls, traps: now.traps, before: { ...before }, host },
  );
  const remedy = `${failed.facts.remedy} What ended the calls: GET /plugins/${plugin}/traps at that host (in code: traps).`;
  return rebuilt(failed, failed.message, { ...failed.facts, remedy });
}

/** Failure of a trial in whose time another host came to have the plugin's cell. */
export function cellLost(plugin: string): HotcellError {
  return rolloutFailed(plugin, "the host that tried it has lost the cell to another one", {});
}

/** End of a trial for another host, which is gone. */
export function leaderLost(plugin: string): HotcellError {
  return rolloutFailed(plugin, "the host that led it is gone, or has ended it", {});
}

/** Failure of a trial on another host, which is gone. */
export function trierLost(plugin: string, host: string): HotcellError {
  return rolloutFailed(plugin, `${inWords(host)}, which tried it, ended or does not answer any more`, {
    host,
  });
}

/** Failure to try it on another host, which is another Hotcell, and may not know how. */
export function notTaken(plugin: string, host: string, version: string): HotcellError {
  return rolloutFailed(
    plugin,
    `${inWords(host)} has its cell, is another Hotcell (${version}), and has not taken the trial on`,
    { host },
  );
}

/** The error of a trial on another host, as whoever deploys is told it. */
export function failedThere(host: string, error: HotcellError): HotcellError {
  const isOfTrial = error.code === "rollout-failed" || error.code === "rollout-stopped";
  const message = isOfTrial ? error.message : `${host} has the cell, and tried it: ${error.message}`;
  return rebuilt(error, message, { ...error.facts, extra: { ...error.facts.extra, host } });
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
    remedy: "Mend it and deploy it again, or to all hosts at once: ?at-once (in code: atOnce).",
    extra,
  });
}

/** Name of a host inside of a sentence. */
function inWords(host: string): string {
  return host.replace(/^The /, "the ");
}

function share({ calls, traps }: Tally): string {
  return `${traps} of ${calls} calls`;
}
