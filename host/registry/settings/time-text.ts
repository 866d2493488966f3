/** Times as settings write them: a number and a unit, such as `30s`, `5m`, `1h`. */
import * as v from "valibot";

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

interface AskedTime {
  /** Milliseconds. */
  readonly least: number;
  readonly longest: number;
  /** Example for who has written something else. */
  readonly such: string;
  /** Word that is taken in a time's place. */
  readonly or?: string;
}

/** Schema of a time between these. */
export function timeSchema({ least, longest, such, or }: AskedTime) {
  const orWord = or === undefined ? "" : `, or ${or}`;
  return v.pipe(
    v.string(),
    v.check(
      (text) => {
        const time = millisecondsOf(text);
        return text === or || (time >= least && time <= longest);
      },
      `a time from ${textOf(least)} to ${textOf(longest)}, such as ${such}${orWord}`,
    ),
  );
}

/** Milliseconds of a time such as `5m`; NaN for what is none. */
export function millisecondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  return Number(number) * units[unit as keyof typeof units];
}

/** Text of whole seconds, in the largest unit that has no fraction. */
function textOf(milliseconds: number): string {
  const unit = (["h", "m"] as const).find((name) => milliseconds % units[name] === 0) ?? "s";
  return `${milliseconds / units[unit]}${unit}`;
}
