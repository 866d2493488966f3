/** Counters of a plugin as numbers by name, which can be added. */
import type { Counters } from "../registry/counters.ts";

const plain = [
  "calls",
  "guestErrors",
  "traps",
  "cancelled",
  "fuel",
  "droppedLogLines",
  "droppedFields",
] as const;

/** Numbers but for the calls in flight, which are none that grow. */
export function flatCounters(counters: Counters): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const name of plain) flat[name] = counters[name];
  for (const [code, count] of Object.entries(counters.limits)) flat[`limits\n${code}`] = count;
  for (const [capability, figures] of Object.entries(counters.reach))
    for (const [name, count] of Object.entries(figures)) flat[`reach\n${capability}\n${name}`] = count;
  return flat;
}

export function countersOf(
  flat: Readonly<Record<string, number>>,
  { since, inFlight }: Pick<Counters, "since" | "inFlight">,
): Counters {
  const sums = Object.fromEntries(plain.map((name) => [name, flat[name] ?? 0])) as Record<
    (typeof plain)[number],
    number
  >;
  const limits: Record<string, number> = {};
  const reach: Record<string, Record<string, number>> = {};
  for (const [path, count] of Object.entries(flat)) {
    const [member, of, name] = path.split("\n");
    if (member === "limits") limits[of!] = count;
    if (member === "reach") reach[of!] = { ...reach[of!], [name!]: count };
  }
  const { calls, guestErrors, traps, cancelled, fuel, droppedLogLines, droppedFields } = sums;
  return {
    ...{ since, calls, guestErrors, traps, cancelled, inFlight, fuel },
    ...{ droppedLogLines, droppedFields, limits, reach },
  };
}
