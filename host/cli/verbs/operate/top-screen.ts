/** The screen of `hotcell top`, as lines. */

import { tableLines } from "../../shown/columns.ts";
import { ink, type LinePiece } from "../../terminal.ts";
import type { UsageRate } from "./usage-rates.ts";

export const orders = {
  c: { name: "calls", of: ({ rates, calls }: UsageRate) => (rates?.calls ?? 0) + calls * 1e-12 },
  e: { name: "errors", of: ({ rates }: UsageRate) => (rates?.errors ?? 0) + (rates?.traps ?? 0) },
  i: { name: "in flight", of: ({ inFlight }: UsageRate) => inFlight },
  f: { name: "fuel", of: ({ rates }: UsageRate) => rates?.fuel ?? 0 },
  n: { name: "name", of: () => 0 },
} as const;

export interface TopView {
  readonly url: string;
  /** Seconds between looks. */
  readonly every: number;
  readonly order: keyof typeof orders;
  /** Undefined before the first look. */
  readonly usages: readonly UsageRate[] | undefined;
  readonly left: number;
  /** Error of the last look. */
  readonly trouble: string | undefined;
}

/** Lines that fill a terminal of that size, keys at its end. */
export function screenOf(view: TopView, columns: number, rows: number): readonly (readonly LinePiece[])[] {
  const { url, usages, left, trouble, order } = view;
  const head: (readonly LinePiece[])[] = [
    [ink("bold", "hotcell top"), `  ${url}`],
    trouble === undefined ? totals(usages ?? []) : [ink("red", trouble)],
    [],
  ];
  const body = usages === undefined ? [["Looking …"]] : usageLines(sorted(usages, order), columns);
  const keys = Object.entries(orders).map(([key, { name }]) => `${key} ${name}`);
  const more = left > 0 ? `${left} more plugins are left out: name some.  ` : "";
  const foot = [
    ink("dim", `${more}by ${orders[order].name}   ${keys.join("  ")}   q quits`.slice(0, columns)),
  ];
  const room = Math.max(1, rows - head.length - 1);
  const shown = body.slice(0, room);
  return [...head, ...shown, ...Array.from({ length: room - shown.length }, () => []), foot];
}

/** The table alone. */
export function usageLines(
  usages: readonly UsageRate[],
  columns: number | undefined,
): readonly (readonly LinePiece[])[] {
  if (usages.length === 0) return [["There are no plugins."]];
  const titles = [
    "name",
    ">rev",
    ">calls/s",
    ">errors/s",
    ">traps/s",
    ">fuel/s",
    ">in flight",
    ">calls",
    "lately",
  ];
  return tableLines(
    titles,
    usages.map(({ name, revision, damaged, calls, inFlight, rates, past }) => [
      damaged ? ink("red", name) : ink("bold", name),
      `${revision}`,
      rates ? figure(rates.calls) : "–",
      rates ? alarming(rates.errors, "yellow") : "–",
      rates ? alarming(rates.traps, "red") : "–",
      rates ? figure(rates.fuel) : "–",
      figure(inFlight),
      figure(calls),
      damaged ? ink("red", "damaged") : ink("cyan", sparkline(past)),
    ]),
    columns,
  );
}

export function sorted(usages: readonly UsageRate[], order: keyof typeof orders): UsageRate[] {
  const { of } = orders[order];
  return usages.toSorted((a, b) => of(b) - of(a) || (a.name < b.name ? -1 : 1));
}

function totals(usages: readonly UsageRate[]): readonly LinePiece[] {
  const sum = (of: (usage: UsageRate) => number) => usages.reduce((all, each) => all + of(each), 0);
  const traps = sum(({ rates }) => rates?.traps ?? 0);
  return [
    `${usages.length} plugins   ${figure(sum(({ rates }) => rates?.calls ?? 0))} calls/s   `,
    `${figure(sum(({ rates }) => rates?.errors ?? 0))} errors/s   `,
    traps > 0 ? ink("red", `${figure(traps)} traps/s`) : "0 traps/s",
    `   ${figure(sum(({ inFlight }) => inFlight))} in flight   ${figure(sum(({ rates }) => rates?.fuel ?? 0))} fuel/s`,
  ];
}

function alarming(rate: number, style: "yellow" | "red"): LinePiece {
  return rate > 0 ? ink(style, figure(rate)) : "0";
}

const units = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e4, "k"],
] as const;

/** A figure of four letters or so: `0.3`, `12`, `1,203`, `12.3k`. */
function figure(value: number): string {
  const unit = units.find(([size]) => value >= size);
  if (unit) {
    const [size, name] = unit;
    return `${(value / (name === "k" ? 1000 : size)).toFixed(1)}${name}`;
  }
  return value > 0 && value < 10 && !Number.isInteger(value)
    ? value.toFixed(1)
    : Math.round(value).toLocaleString("en");
}

const bars = "▁▂▃▄▅▆▇█";

/** Figures as bars, the highest of them a full one. */
function sparkline(figures: readonly number[]): string {
  const most = Math.max(...figures, 0);
  return figures
    .map((each) =>
      most === 0 ? bars[0] : bars[Math.min(bars.length - 1, Math.floor((each / most) * bars.length))],
    )
    .join("");
}
