/** Setting `schedule`: calls that the host makes by itself, at times that a pattern of cron names. */
import { Cron } from "croner";
import * as v from "valibot";
import { scheduleBounds } from "../../bounds/schedule-bounds.ts";
import { seal, secretsIn } from "../../capabilities/secret.ts";

/** Entry of a schedule, as it was asked for. */
export interface ScheduleEntry {
  /** Pattern of five fields, or of six with seconds first. */
  readonly cron: string;
  /** `function` or `interface/function`. */
  readonly call: string;
  /** Arguments by position, or an object by name; absent: none. */
  readonly arguments?: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
  /** Zone whose clock the pattern is of (`Europe/Berlin`); absent: UTC. */
  readonly timeZone?: string | undefined;
  /** Name in events and details; absent: the function's. */
  readonly name?: string | undefined;
}

const maxEntries = scheduleBounds.entries.value;
const maxPattern = scheduleBounds.cron.value;
const maxName = scheduleBounds.name.value;
const maxArguments = scheduleBounds.arguments.value;

const aPattern = `a pattern of cron that names times to come, such as "*/5 * * * *", of at most ${maxPattern} characters`;
/** They would be shown, as all arguments are. */
const noSecrets =
  "arguments without secrets: these go into env, where the plugin reads them and answers don't show them";
const aZone = "the name of a time zone, such as Europe/Berlin";

/** Times of an entry, in order. */
export function timesOf({ cron, timeZone = "UTC" }: Pick<ScheduleEntry, "cron" | "timeZone">): Cron {
  return new Cron(cron, { mode: "5-or-6-parts", timezone: timeZone, unref: true });
}

export function nameOf({ name, call }: Pick<ScheduleEntry, "name" | "call">): string {
  return name ?? call;
}

export const scheduleSchema = v.pipe(
  v.array(
    v.strictObject({
      cron: v.pipe(
        v.string(),
        v.check((text) => text.length <= maxPattern && comesEver(text), aPattern),
      ),
      call: v.pipe(v.string(), v.minLength(1, "a function's name")),
      arguments: v.optional(
        v.pipe(
          v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())]),
          v.check(
            (given) => JSON.stringify(given).length <= maxArguments,
            `arguments of at most ${maxArguments} characters of JSON`,
          ),
          v.check((given) => secretsIn(seal(given)).length === 0, noSecrets),
        ),
      ),
      timeZone: v.optional(v.pipe(v.string(), v.check(isZone, aZone))),
      name: v.optional(
        v.pipe(
          v.string(),
          v.check(
            (text) => text.length <= maxName && /^[\w.-]+$/.test(text),
            `a name of letters, digits, ".", "_" and "-", of at most ${maxName} characters`,
          ),
        ),
      ),
    }),
  ),
  v.maxLength(maxEntries, `a list of at most ${maxEntries} entries`),
  v.check(
    (given) => new Set(given.map(nameOf)).size === given.length,
    "entries with a name each, where several call the same function",
  ),
);

function comesEver(pattern: string): boolean {
  try {
    return timesOf({ cron: pattern }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
