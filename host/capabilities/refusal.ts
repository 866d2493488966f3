import { type ErrorCode, HotcellError } from "../errors.ts";
import { capabilities } from "./table.ts";

/** Why an import can't be supplied. */
export interface Refusal {
  readonly code: Extract<ErrorCode, "unknown-import" | "import-mismatch" | "import-not-granted">;
  readonly import: string;
  readonly grant?: string;
  readonly reason: string;
}

/** One error for all refusals; the gravest decides its code, because a grant can't mend an unknown import. */
export function refused(refusals: readonly Refusal[]): HotcellError {
  const gravity = ["unknown-import", "import-mismatch", "import-not-granted"] as const;
  const code = gravity.find((c) => refusals.some((r) => r.code === c)) ?? "unknown-import";
  const concerned = refusals.filter((r) => r.code === code);
  const list = concerned.map((r) => `${r.import} (${r.reason})`).join("; ");
  const grants = [...new Set(concerned.flatMap((r) => (r.grant ? [r.grant] : [])))];
  const texts = {
    "unknown-import": {
      detail: `The host can't supply: ${list}.`,
      remedy: `Build the plugin without these imports. The host can supply: ${capabilities.flatMap((c) => c.offers.map((o) => o.name)).join(", ")}.`,
    },
    "import-mismatch": {
      detail: `Imports declared with another type than the host's: ${list}.`,
      remedy: "Build the plugin against the interface's published WIT.",
    },
    "import-not-granted": {
      detail: `The plugin needs what it was not granted: ${list}.`,
      remedy: `Grant it: ?${grants.map((g) => `grant=${g}`).join("&")}, or settings {"grants":{${grants.map((g) => `"${g}":true`).join(",")}}}.`,
    },
  }[code];
  return new HotcellError(code, texts.detail, {
    subject: concerned[0]?.import ?? "",
    remedy: texts.remedy,
    extra: { imports: refusals, ...(grants.length > 0 && { grants }) },
  });
}
