/** Settings of a grant whose schema is an embedder's. */
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { HotcellError } from "../../errors.ts";
import type { GrantForm } from "../capability.ts";
import { Secret } from "../secret.ts";

/** Schema as its library gives it: https://standardschema.dev, version 1. */
export interface SettingsSchema<S = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Judges settings. */
    readonly validate: (value: unknown) => SettingsOutcome<S> | Promise<SettingsOutcome<S>>;
    readonly types?: { readonly input: unknown; readonly output: S } | undefined;
  };
}

/** Outcome of a schema: the settings, or what is wrong with them. */
export type SettingsOutcome<S> =
  | { readonly value: S; readonly issues?: undefined }
  | { readonly issues: readonly SettingsIssue[] };

/** Objection of a schema to settings, as Standard Schema has it. */
export interface SettingsIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Form of the settings; undefined takes none. */
export function settingsOf(
  schema: SettingsSchema | undefined,
): Pick<GrantForm<unknown>, "settings" | "within"> {
  // What gives no more is for the embedder to say, and it has not: the same gives no more.
  const within: GrantForm<unknown>["within"] = (one, other) => isDeepStrictEqual(one, other);
  if (!schema) return { settings: v.strictObject({}), within };
  const settings = v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const outcome = schema["~standard"].validate(revealed(dataset.value));
      if (outcome instanceof Promise) throw notAtOnce();
      if (!outcome.issues) return outcome.value;
      for (const { message, path } of outcome.issues.slice(0, 1))
        addIssue({ message, path: pathOf(path, dataset.value) });
      return NEVER;
    }),
  );
  return { settings, within };
}

/** The value with its secrets as texts: the embedder's code is told them. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revealed(member)]));
}

function pathOf(
  path: SettingsIssue["path"],
  input: unknown,
): [v.IssuePathItem, ...v.IssuePathItem[]] | undefined {
  const items = (path ?? []).map((part): v.IssuePathItem => {
    const key = typeof part === "object" ? part.key : part;
    return { type: "unknown", origin: "value", input, key, value: undefined };
  });
  return items.length > 0 ? (items as [v.IssuePathItem, ...v.IssuePathItem[]]) : undefined;
}

function notAtOnce(): HotcellError {
  return new HotcellError("fault", "The schema of a capability's settings gave a promise.", {
    subject: "settings",
    remedy: "Give the capability a schema that answers at once.",
  });
}
