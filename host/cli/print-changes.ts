import type { Change } from "../wit/diff.ts";

/** A line for each change, breaking ones first. */
export function printChanges(changes: readonly Change[]): string[] {
  const order: readonly Change["verdict"][] = ["breaking", "capability", "compatible"];
  return order.flatMap((verdict) =>
    changes.filter((change) => change.verdict === verdict).map((c) => `${verdict.padEnd(10)}  ${c.message}`),
  );
}
