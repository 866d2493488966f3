/** Setting `source`: tag of a registry that the plugin follows, and how often the host looks what it stands for. */
import * as v from "valibot";
import { ociBounds } from "../../bounds/oci-bounds.ts";

/** Setting `source`: the tag of a registry that a plugin follows. */
export interface SourceSetting {
  /** Reference with a tag: `ghcr.io/acme/greet:stable`. */
  readonly oci: string;
  /** Time between looks: `30s`, `5m`, `1h`. Absent: the host looks when it is told to. */
  readonly watch?: string | undefined;
}

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const least = ociBounds.watchEvery.value;
const longest = ociBounds.watchAtLeast.value;

export const sourceSchema = v.strictObject({
  oci: v.pipe(v.string(), v.minLength(1, "a reference such as ghcr.io/acme/greet:stable")),
  watch: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => {
          const time = millisecondsOf(text);
          return time >= least && time <= longest;
        },
        `a time from ${least / 1000}s to ${longest / units.h}h, such as 5m`,
      ),
    ),
  ),
});

/** Milliseconds of a time such as `5m`; NaN for what is none. */
export function millisecondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  return Number(number) * units[unit as keyof typeof units];
}
