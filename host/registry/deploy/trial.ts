/** Trial of a version: it answers the calls and requests of its checks on a cell of its own, before it goes live. */
import { scrubberFor } from "../../capabilities/env.ts";
import { type Grants, grantsWithin, type ParsedGrants } from "../../capabilities/grants.ts";
import { lacksSecrets, withSecretsOf } from "../../capabilities/secret.ts";
import { type ErrorCode, HotcellError } from "../../errors.ts";
import { breathe } from "../../platform/breath.ts";
import { cutText } from "../../text/cut.ts";
import { parseAsked, type Settings } from "../settings/settings.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { meetsLimit } from "../traffic/usages.ts";
import { type CheckFailure, runCheck } from "./call-check.ts";
import { type Checks, ChecksFailedError, countOf } from "./checks.ts";
import { runRequest } from "./request-check.ts";
import { nameOfRequest } from "./request-form.ts";

/** Failed checks that are told of, and UTF-16 units of each. */
const maxShownFailures = 10;
const maxShownText = 1000;

export interface ChecksRun {
  readonly settings: Settings;
  /** The settings' grants, parsed. */
  readonly grants: ParsedGrants;
  /** Who asks may see what the plugin answers. Who may not is told of the first failure alone, and how it failed. */
  readonly mayCall: boolean;
  /** Starts the version on a cell of its own, under these grants. */
  readonly start: (grants: ParsedGrants) => Promise<RunningVersion>;
}

/** Grants that checks bring, whose secrets are not kept with them: those of the plugin's own are, where it has them. */
function grantsOf({ settings }: Checks, { asked }: ParsedGrants): Grants {
  const grants = Object.entries((settings?.grants ?? {}) as Grants);
  const whole = grants.map(([name, value]) => [name, withSecretsOf(value, asked[name])] as const);
  return Object.fromEntries(whole.filter(([, value]) => !lacksSecrets(value)));
}

/**
 * Makes the calls, then the requests, on a cell of their own, so that they leave no trace in the one that goes live. Where the checks
 * bring settings for something that is granted, and these give no more (a fixed clock), they get them; else what is
 * granted.
 */
export async function requireChecks(checks: Checks, run: ChecksRun): Promise<void> {
  const { settings, mayCall, start } = run;
  const { grants: wanted } = parseAsked({ grants: grantsOf(checks, run.grants) }, run.grants.table);
  const scrubber = scrubberFor(settings);
  const trial = await start(grantsWithin(run.grants, wanted));
  const failures: CheckFailure[] = [];
  try {
    for (const [i, { subject, told: named = "", run: ask }] of asked(checks, trial).entries()) {
      // Each is a call like any other: somebody else's may come between.
      await breathe();
      const failure = await ask().catch((error) => failureOf(error, named));
      if (!failure) continue;
      const told = scrubber.excerpt(failure.told, maxShownText);
      const how = `check ${i + 1}, ${cutText(subject, 200)}, ${failure.how}`;
      failures.push({ ...failure, how, told });
      // Else one upload would try many guesses at what a plugin answers.
      if (!mayCall) break;
    }
  } finally {
    await trial.retire();
  }
  const [first] = failures;
  if (!first) return;
  const { length } = failures;
  const what = mayCall ? `${length} of ${countOf(checks)} checks failed` : "The checks fail";
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
      failures: failures.slice(0, maxShownFailures).map(({ how, told }) => (mayCall ? told : how)),
    },
  });
}

/** A check to be run, by what it asks, which is said to whoever may not see with what. */
interface Asked {
  readonly subject: string;
  /** Words before an error that does not say what was asked. */
  readonly told?: string;
  readonly run: () => Promise<CheckFailure | undefined>;
}

function asked({ calls, requests = [] }: Checks, trial: RunningVersion): Asked[] {
  return [
    ...calls.map((check) => ({
      subject: check.call,
      run: () => runCheck(check, (path) => trial.callable(path)),
    })),
    ...requests.map((check) => ({
      subject: check.request.method ?? "GET",
      told: `${nameOfRequest(check.request)}: `,
      run: () => runRequest(check, () => trial.handler()),
    })),
  ];
}

function failureOf(error: unknown, named: string): CheckFailure {
  if (!(error instanceof HotcellError) || error.code === "fault") throw error;
  return { how: hows[error.code] ?? `failed (${error.code})`, told: `${named}${error.message}`, error };
}

const hows: Partial<Record<ErrorCode, string>> = {
  "function-not-found": "is not there",
  "bad-argument": "does not take these arguments",
  "no-handler": "has no handler",
  "no-response": "got no response",
};
