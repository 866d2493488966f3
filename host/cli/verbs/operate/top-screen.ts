/** The screen of `hotcell top`, as lines. */

import { tableLines } from "../../shown/columns.ts";
import { bytesFigure, countFigure, secondsFigure, sparkline } from "../../shown/short-figures.ts";
import { ink, type LinePiece } from "../../terminal.ts";
import type { SeriesStep, UsageRate } from "./usage-rates.ts";

export const orders = {
  c: { name: "calls", of: ({ rates, calls }: UsageRate) => (rates?.calls ?? 0) + calls * 1e-12 },
  e: { name: "errors", of: ({ rates }: UsageRate) => (rates?.errors ?? 0) + (rates?.traps ?? 0) },
  i: { name: "in flight", of: ({ inFlight }: UsageRate) => inFlight },
  f: { name: "fuel", of: ({ rates }: UsageRate) => rates?.fuel ?? 0 },
  n: { name: "name", of: () => 0 },
} as const;

export interface TopView {
  readonly url: string;
  readonly order: keyof typeof orders;
  /** Text that names shown have in them. */
  readonly filter: string;
  /** It is being typed. */
  readonly filtering: boolean;
  /** Rows above those shown. */
  readonly from: number;
  /** Undefined before the first look. */
  readonly usages: readonly UsageRate[] | undefined;
  /** Newest steps of series; `undefined` is the host's. */
  readonly steps: ReadonlyMap<string | undefined, SeriesStep>;
  /** Error of the last look. */
  readonly trouble: string | undefined;
}

/** Lines above the rows: three of the host, and the titles. */
const above = 4;

/** Rows that a terminal of so many lines has room for. */
export const roomOf = (rows: number): number => Math.max(1, rows - above - 1);

/** Plugins that the view is of, in its order. */
export function listed({ usages = [], order, filter }: TopView): UsageRate[] {
  const wanted = filter.toLowerCase();
  return sorted(
    usages.filter(({ name }) => name.toLowerCase().includes(wanted)),
    order,
  );
}

/** Lines that fill a terminal of that size, keys at its end. */
export function screenOf(view: TopView, columns: number, rows: number): readonly (readonly LinePiece[])[] {
  const { url, usages, steps, trouble, from } = view;
  const all = listed(view);
  const room = roomOf(rows);
  const [titles, ...body] =
    usages === undefined ? [["Looking …"]] : usageLines(all.slice(from, from + room), steps, columns);
  const head: (readonly LinePiece[])[] = [
    [ink("bold", "hotcell top"), `  ${url}`],
    trouble === undefined ? totals(usages ?? []) : [ink("red", trouble)],
    timesOf(steps.get(undefined)),
    titles!,
  ];
  const empty = Array.from({ length: Math.max(0, room - body.length) }, () => []);
  const foot = footOf(view, all.length, room, columns).slice(0, columns);
  return [...head, ...body, ...empty, [ink("dim", foot)]];
}

function footOf(
  { order, filter, filtering, from }: TopView,
  count: number,
  room: number,
  columns: number,
): string {
  if (filtering) return `name has: ${filter}_   Enter keeps it   Esc all`;
  const shown = count > room ? `${from + 1}-${Math.min(from + room, count)} of ${count}   ` : "";
  const filtered = filter === "" ? "" : `name has ${filter}   `;
  const keys = Object.entries(orders).map(([key, { name }]) => (columns < 100 ? key : `${key} ${name}`));
  return `${shown}${filtered}by ${orders[order].name}   ${keys.join("  ")}   / filter  q quits`;
}

/** Width from which on there is room for all that is known of a plugin. */
const wide = 110;
/** Columns of a name, where it is narrower. */
const nameWidth = 24;

/** The table alone. Times and memory are there where series are. */
export function usageLines(
  usages: readonly UsageRate[],
  steps: ReadonlyMap<string | undefined, SeriesStep>,
  columns: number | undefined,
): readonly (readonly LinePiece[])[] {
  if (usages.length === 0) return [["There are no plugins."]];
  const all = columns === undefined || columns >= wide;
  const titles = [
    ...["name", ...(all ? [">rev"] : []), ">calls/s", ">errors/s", ">traps/s", ">p95", ">memory"],
    ...(all ? [">fuel/s", ">in flight", ">calls"] : []),
    "lately",
  ];
  const rows = usages.map(({ name, revision, damaged, calls, inFlight, rates, past }) => {
    const step = steps.get(name);
    return [
      ink(damaged ? "red" : "bold", all ? name : shortened(name)),
      ...(all ? [`${revision}`] : []),
      rates ? countFigure(rates.calls) : "–",
      rates ? alarming(rates.errors, "yellow") : "–",
      rates ? alarming(rates.traps, "red") : "–",
      secondsFigure(step?.p95),
      bytesFigure(step?.memory),
      ...(all ? [rates ? countFigure(rates.fuel) : "–", countFigure(inFlight), countFigure(calls)] : []),
      damaged ? ink("red", "damaged") : ink("cyan", sparkline(past)),
    ];
  });
  return tableLines(titles, rows, columns);
}

function shortened(name: string): string {
  return name.length <= nameWidth ? name : `${name.slice(0, nameWidth - 1)}…`;
}

export function sorted(usages: readonly UsageRate[], order: keyof typeof orders): UsageRate[] {
  const { of } = orders[order];
  return usages.toSorted((a, b) => of(b) - of(a) || (a.name < b.name ? -1 : 1));
}

function totals(usages: readonly UsageRate[]): readonly LinePiece[] {
  const sum = (of: (usage: UsageRate) => number) => usages.reduce((all, each) => all + of(each), 0);
  const traps = sum(({ rates }) => rates?.traps ?? 0);
  return [
    `${usages.length} plugins  ${countFigure(sum(({ rates }) => rates?.calls ?? 0))} calls/s  `,
    `${countFigure(sum(({ rates }) => rates?.errors ?? 0))} errors/s  `,
    traps > 0 ? ink("red", `${countFigure(traps)} traps/s`) : "0 traps/s",
    `  ${countFigure(sum(({ inFlight }) => inFlight))} in flight`,
  ];
}

function timesOf(step: SeriesStep | undefined): readonly LinePiece[] {
  if (!step) return [];
  const { p50, p95, p99, cells, memory } = step;
  const times = `p50 ${secondsFigure(p50)}  p95 ${secondsFigure(p95)}  p99 ${secondsFigure(p99)}`;
  return [ink("dim", `${times}  ${countFigure(cells ?? 0)} cells  ${bytesFigure(memory)}`)];
}

function alarming(rate: number, style: "yellow" | "red"): LinePiece {
  return rate > 0 ? ink(style, countFigure(rate)) : "0";
}
