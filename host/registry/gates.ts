/** What a version has to pass before it goes live. */
import { HotcellError } from "../errors.ts";
import { breathe } from "../platform/breath.ts";
import type { Change } from "../wit/diff.ts";
import type { Preconditions } from "./api.ts";
import { type Checks, runCheck } from "./checks.ts";
import type { Live } from "./live.ts";
import { parseSettings, type Settings } from "./settings.ts";

/** `revision` is that of the live version; undefined when none is. */
export function checkPreconditions(
  plugin: string,
  revision: number | undefined,
  { ifRevision, ifAbsent }: Preconditions,
): void {
  if (ifAbsent && revision !== undefined) {
    throw new HotcellError("already-exists", `${plugin} exists already, at revision ${revision}.`, {
      subject: plugin,
      actual: revision,
      remedy: "Leave out If-None-Match to replace it.",
    });
  }
  if (ifRevision !== undefined && ifRevision !== revision) {
    const actual = revision === undefined ? "not deployed" : `at revision ${revision}`;
    throw new HotcellError("stale-revision", `${plugin} is ${actual}, not at revision ${ifRevision}.`, {
      subject: plugin,
      expected: `${ifRevision}`,
      actual: revision ?? "none",
      remedy: "Fetch the plugin again, look at what changed, and send its new ETag in If-Match.",
    });
  }
}

export function refuseBreaking(plugin: string, changes: readonly Change[]): void {
  const breaking = changes.filter((change) => change.verdict === "breaking");
  if (breaking.length === 0) return;
  throw new HotcellError("incompatible", breaking.map((change) => change.message).join(" "), {
    subject: plugin,
    remedy: "Keep what callers use, or upload with ?allow-breaking to replace it all the same.",
    extra: { changes },
  });
}

/** How many failed checks are told of. */
const shownFailures = 10;

/**
 * Makes the calls on a cell of their own, so that they leave no trace in the one that goes live. Where the checks
 * bring settings for something that is granted (a fixed clock), they get them; they are granted nothing more.
 */
export async function requireChecks(
  checks: Checks,
  settings: Settings,
  start: (settings: Settings) => Promise<Live>,
): Promise<void> {
  const wanted = parseSettings(checks.settings ?? {}).grants;
  const grants = Object.fromEntries(
    Object.entries(settings.grants).map(([name, granted]) => [
      name,
      granted !== false && Object.hasOwn(wanted, name) ? wanted[name] : granted,
    ]),
  );
  const trial = await start({ ...settings, grants });
  const failures: string[] = [];
  try {
    for (const check of checks.calls) {
      // Each is a call like any other: somebody else's may come between.
      await breathe();
      const failure = await runCheck(check, (path) => trial.callable(path)).catch(failureOf);
      if (failure !== undefined) failures.push(failure);
    }
  } finally {
    await trial.retire();
  }
  if (failures.length === 0) return;
  throw new HotcellError(
    "checks-failed",
    `${failures.length} of ${checks.calls.length} checks failed: ${failures[0]}`,
    {
      limit: 0,
      actual: failures.length,
      remedy: "Mend the plugin, or send the checks that it has to pass from now on.",
      extra: { failures: failures.slice(0, shownFailures) },
    },
  );
}

function failureOf(error: unknown): string {
  if (error instanceof HotcellError && error.code !== "fault") return error.message;
  throw error;
}
