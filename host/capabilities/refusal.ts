import process from "node:process";
import { suspendingNodes } from "../engine/suspension.ts";
import { type ErrorCode, HotcellError } from "../errors.ts";
import type { CapabilityTable } from "./capability-table.ts";

/** Codes of refusals, the gravest first: a grant can't mend an unknown import, and neither of them an old Node. */
const gravity = [
  "unknown-import",
  "import-mismatch",
  "unsupported-feature",
  "import-not-granted",
] as const satisfies readonly ErrorCode[];

/** Why an import can't be supplied. */
export interface Refusal {
  readonly code: (typeof gravity)[number];
  readonly import: string;
  readonly grant?: string;
  readonly reason: string;
  /** Remedy, where that is not the same for all of its code. */
  readonly remedy?: string;
}

/**
 * Door that the component comes by: `deployed`, uploaded to a host; `opened`, by a program that may give host functions of
 * its own.
 */
export type Door = "deployed" | "opened";

/** Refusal of a function that keeps its guest waiting, on a Node that can't suspend one. */
export function cannotSuspend(name: string): Refusal {
  return {
    code: "unsupported-feature",
    import: name,
    reason: `it keeps the plugin waiting, and Node ${process.versions.node} can't suspend a plugin`,
  };
}

/** One error for all refusals; the gravest decides its code. */
export function refused(refusals: readonly Refusal[], table: CapabilityTable, door: Door): HotcellError {
  const code = gravity.find((c) => refusals.some((r) => r.code === c)) ?? "unknown-import";
  const concerned = refusals.filter((r) => r.code === code);
  const list = concerned.map((r) => `${r.import} (${r.reason})`).join("; ");
  const grants = [...new Set(concerned.flatMap((r) => (r.grant ? [r.grant] : [])))];
  const remedies = [...new Set(concerned.flatMap((r) => r.remedy ?? []))];
  const remedy =
    remedies.length > 0 ? remedies.slice(0, maxRemedies).join(" ") : remediesOf[code](grants, door, table);
  return new HotcellError(code, `${details[code]}: ${list}.`, {
    subject: concerned[0]?.import ?? "",
    remedy,
    extra: { imports: refusals.map(({ remedy: _, ...told }) => told), ...(grants.length > 0 && { grants }) },
  });
}

/** Remedies that are told of imports that are refused together. */
const maxRemedies = 5;

const details: Readonly<Record<Refusal["code"], string>> = {
  "unknown-import": "The host can't supply",
  "import-mismatch": "Imports declared with another type than the host's",
  "unsupported-feature": "The host's Node can't supply",
  "import-not-granted": "The plugin needs what it was not granted",
};

const remediesOf: Readonly<
  Record<Refusal["code"], (grants: readonly string[], door: Door, table: CapabilityTable) => string>
> = {
  "unknown-import": (_grants, _door, table) => `Build the plugin without these imports. ${allOffers(table)}`,
  "import-mismatch": () => "Build the plugin against the interface's published WIT.",
  "unsupported-feature": () =>
    `Run the host on ${suspendingNodes}, which have JavaScript Promise Integration (WebAssembly.Suspending).`,
  "import-not-granted": (grants, door) => {
    if (door === "opened") {
      const plainly = grants.map((grant) => `${grant}: true`).join(", ");
      return `Grant it: open(…, { grants: { ${plainly} } }), or give functions of your own in imports.`;
    }
    const settings = JSON.stringify({ grants: Object.fromEntries(grants.map((grant) => [grant, true])) });
    return `Grant it: ?${grants.map((grant) => `grant=${grant}`).join("&")}, or settings ${settings}.`;
  },
};

export function allOffers(table: CapabilityTable): string {
  return `The host can supply: ${table.offeredNames().join(", ")}.`;
}
