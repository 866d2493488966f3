/** What a version has to pass before it goes live. */
import { scrubberFor } from "../../capabilities/env.ts";
import { grantsWithin, type ParsedGrants } from "../../capabilities/grants.ts";
import { type ErrorCode, HotcellError } from "../../errors.ts";
import { breathe } from "../../platform/breath.ts";
import { cutText } from "../../text/cut.ts";
import type { Change } from "../../wit/diff/diff.ts";
import type { Preconditions } from "../api.ts";
import { parseAsked, type Settings } from "../settings/settings.ts";
import type { Live } from "../traffic/live.ts";
import { meetsLimit } from "../traffic/usages.ts";
import { type CheckFailure, type Checks, ChecksFailedError, runCheck } from "./checks.ts";

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
      remedy: "Leave out If-None-Match to change or replace it.",
    });
  }
  if (ifRevision !== undefined && !matches(ifRevision, revision)) {
    const actual = revision === undefined ? "not deployed" : `at revision ${revision}`;
    const again =
      revision === undefined
        ? "Leave out If-Match to create it; what was there has been removed, or never was."
        : "Fetch the plugin again, look at what changed, and send its new ETag in If-Match.";
    const wanted = [ifRevision].flat().join(" or ");
    throw new HotcellError("stale-revision", `${plugin} is ${actual}, not at revision ${wanted}.`, {
      subject: plugin,
      expected: wanted,
      actual: revision ?? "none",
      remedy: again,
    });
  }
}

function matches(wanted: NonNullable<Preconditions["ifRevision"]>, revision: number | undefined): boolean {
  if (revision === undefined) return false;
  return wanted === "any" || [wanted].flat().includes(revision);
}

export function refuseBreaking(plugin: string, changes: readonly Change[]): void {
  const breaking = changes.filter((change) => change.verdict === "breaking");
  if (breaking.length === 0) return;
  throw new HotcellError("incompatible", breaking.map((change) => change.message).join(" "), {
    subject: plugin,
    remedy:
      "Keep what callers use, or upload with ?allow-breaking (in code: allowBreaking) to replace it all the same.",
    extra: { changes },
  });
}

/** The refusal of a change of these settings, which takes a new cell, while the old one has state. */
export function stateLoss(plugin: string, paths: readonly string[]): HotcellError {
  return new HotcellError(
    "state-loss",
    `${plugin} would lose its state: a change of ${paths.join(", ")} takes a new cell, and the state can't be handed over.`,
    {
      subject: plugin,
      remedy:
        "Send it with ?allow-state-loss (in code: allowStateLoss), or with a version that keeps its state by hotcell:plugin/state, in mode shared.",
      extra: { settings: paths },
    },
  );
}

/** How many failed checks are told of, and how much of each. */
const shownFailures = 10;
const mostShown = 1000;

export interface ChecksRun {
  readonly settings: Settings;
  /** Those of the settings. */
  readonly grants: ParsedGrants;
  /** Whether who asks may see what the functions return. Who may not is told of the first failure alone, and how it failed. */
  readonly mayCall: boolean;
  /** On a cell of its own, under these grants. */
  readonly start: (grants: ParsedGrants) => Promise<Live>;
}

/**
 * Makes the calls on a cell of their own, so that they leave no trace in the one that goes live. Where the checks
 * bring settings for something that is granted, and these give no more (a fixed clock), they get them; else what is
 * granted.
 */
export async function requireChecks(checks: Checks, run: ChecksRun): Promise<void> {
  const { settings, mayCall, start } = run;
  const { grants: wanted } = parseAsked({ grants: checks.settings?.grants ?? {} });
  const scrubber = scrubberFor(settings);
  const trial = await start(grantsWithin(run.grants, wanted));
  const failures: CheckFailure[] = [];
  try {
    for (const [i, check] of checks.calls.entries()) {
      // Each is a call like any other: somebody else's may come between.
      await breathe();
      const failure = await runCheck(check, (path) => trial.callable(path)).catch(failureOf);
      if (!failure) continue;
      const told = scrubber.excerpt(failure.told, mostShown);
      const how = `check ${i + 1}, ${cutText(check.call, 200)}, ${failure.how}`;
      failures.push({ ...failure, how, told });
      // Else one upload would try many guesses at what a function returns.
      if (!mayCall) break;
    }
  } finally {
    await trial.retire();
  }
  const [first] = failures;
  if (!first) return;
  const { length } = failures;
  const what = mayCall ? `${length} of ${checks.calls.length} checks failed` : "The checks fail";
  const recorded = `${what}: ${first.how}.`;
  const met = first.error && meetsLimit(first.error) ? first.error : undefined;
  const { setting, remedy: raise = "" } = met?.facts ?? {};
  const mend = `${raise || "Mend the plugin,"} ${raise ? "Or" : "or"} send the checks that it has to pass from now on.`;
  throw new ChecksFailedError(mayCall ? `${what}: ${first.told}` : recorded, recorded, {
    limit: 0,
    actual: length,
    ...(setting !== undefined && { setting }),
    remedy: mayCall ? mend : `${mend} What came instead is told to those who may call it: the scope call.`,
    extra: {
      ...(met && { reason: met.code }),
      failures: failures.slice(0, shownFailures).map(({ how, told }) => (mayCall ? told : how)),
    },
  });
}

function failureOf(error: unknown): CheckFailure {
  if (!(error instanceof HotcellError) || error.code === "fault") throw error;
  return { how: hows[error.code] ?? `failed (${error.code})`, told: error.message, error };
}

const hows: Partial<Record<ErrorCode, string>> = {
  "function-not-found": "is not there",
  "bad-argument": "does not take these arguments",
};
