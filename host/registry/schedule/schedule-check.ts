import { challengeFor } from "../../access/scopes.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { exportedFunctions, findByPath } from "../../wit/exports.ts";
import { JsonTypes, sameJson } from "../../wit/json/json-function.ts";
import { missingFunction } from "../../wit/missing-function.ts";
import type { World } from "../../wit/model.ts";
import type { ScheduleEntry } from "../settings/schedule-setting.ts";

/** Check of a schedule against a version. Throws `bad-settings`, naming the entry, where it has no such function, or one that takes other arguments. */
export function requireSchedulable(plugin: string, world: World, schedule: readonly ScheduleEntry[]): void {
  if (schedule.length === 0) return;
  const functions = exportedFunctions(world);
  const types = new JsonTypes();
  for (const [i, { call, arguments: args = [] }] of schedule.entries()) {
    const subject = `settings.schedule[${i}]`;
    const found = findByPath(functions, call);
    if (!found) {
      const { detail, remedy } = missingFunction(functions, call, "/");
      throw new HotcellError(
        "bad-settings",
        `${subject} can't be kept: this version of ${plugin} ${detail}`,
        {
          subject: `${subject}.call`,
          actual: call,
          remedy: `${remedy} Or send another schedule with it.`,
        },
      );
    }
    try {
      types.function(found.type).arguments(args);
    } catch (thrown) {
      const { message, facts } = asHotcellError(thrown);
      throw new HotcellError("bad-settings", `${subject} can't call ${call}: ${message}`, {
        subject: `${subject}.arguments`,
        ...(facts.expected !== undefined && { expected: facts.expected }),
        remedy: facts.remedy ?? "Give the arguments that the function takes.",
      });
    }
  }
}

/**
 * Throws `forbidden` for entries that were not there before, where who asks may not make such calls: what a schedule calls, the host
 * calls in nobody's name.
 */
export function requireMayCall(
  plugin: string,
  before: readonly ScheduleEntry[],
  after: readonly ScheduleEntry[],
  mayCall: boolean | undefined,
): void {
  if (mayCall !== false) return;
  const at = after.findIndex((entry) => !before.some((known) => sameJson(known, entry)));
  if (at < 0) return;
  const scope = "call";
  const subject = `settings.schedule[${at}]`;
  throw new HotcellError(
    "forbidden",
    `${subject} would call ${after[at]!.call} of ${plugin}, which takes the scope ${scope}.`,
    {
      subject,
      expected: scope,
      remedy: `Send it without that entry, or use a token that may call ${plugin} as well: hotcell token new --scope configure --scope ${scope}.`,
      extra: challengeFor([scope]),
    },
  );
}
