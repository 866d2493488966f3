/** Changes as messages of the log have them: what can be said as JSON, a line's end, then the values one after the other. */
import { parsedForm, unknownIn } from "../../../skew/known-form.ts";
import type { Amounts, KeyChange } from "../key-value-store.ts";

/** Change of one plugin's buckets. */
export type LogChange =
  | { readonly bucket: string; readonly change: KeyChange; readonly quota: Amounts }
  | { readonly forget: true };

/** Change that this Hotcell does not know: what the plugin's values are after it nobody can say here. */
export interface UnknownChange {
  readonly unknown: string;
}

type Written =
  | { readonly forget: true }
  | {
      readonly bucket: string;
      readonly quota: Amounts;
      readonly kind: KeyChange["kind"];
      readonly expected?: number;
      readonly keys: readonly string[];
      readonly sizes?: readonly number[];
      /** Decimal: delta, least, most. */
      readonly numbers?: readonly [string, string, string];
    };

const lineEnd = 10;

export function writeChange(logged: LogChange): Uint8Array {
  if ("forget" in logged) return Buffer.from(`${JSON.stringify(logged)}\n`);
  const { bucket, change, quota } = logged;
  const values = change.kind === "put" ? change.entries.map(([, value]) => value) : [];
  const written: Written = {
    ...{ bucket, quota, kind: change.kind },
    ...("expected" in change && change.expected !== undefined && { expected: change.expected }),
    keys: keysOf(change),
    ...(change.kind === "put" && { sizes: values.map(({ length }) => length) }),
    ...(change.kind === "add" && {
      numbers: [`${change.delta}`, `${change.least}`, `${change.most}`] as const,
    }),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(written)}\n`), ...values]);
}

/** All hosts come to the same values by the same changes, so that none may go by a part of one. */
const known = {
  forget: { form: 1, members: ["forget"] },
  change: { form: 1, members: ["bucket", "quota", "kind", "expected", "keys", "sizes", "numbers"] },
};
const kinds: readonly string[] = ["put", "delete", "add"] satisfies KeyChange["kind"][];

/** Throws for what is no change. */
export function readChange(bytes: Uint8Array): LogChange | UnknownChange {
  const end = bytes.indexOf(lineEnd);
  const written = parsedForm(bytes.subarray(0, end)) as Written;
  const unknown = unknownIn(written, "forget" in written ? known.forget : known.change);
  if (unknown !== undefined) return { unknown };
  if ("forget" in written) return written;
  if (!kinds.includes(written.kind))
    return { unknown: `this Hotcell knows no change of kind ${JSON.stringify(written.kind)}` };
  const { bucket, quota, kind, keys, sizes = [], numbers } = written;
  const expected = written.expected === undefined ? {} : { expected: written.expected };
  if (kind === "delete") return { bucket, quota, change: { kind, keys, ...expected } };
  if (kind === "add") {
    const [delta, least, most] = numbers!.map(BigInt) as [bigint, bigint, bigint];
    return { bucket, quota, change: { kind, key: keys[0]!, delta, least, most } };
  }
  let at = end + 1;
  const entries = keys.map((key, index) => {
    const value = bytes.subarray(at, at + sizes[index]!);
    at += sizes[index]!;
    return [key, value] as const;
  });
  return { bucket, quota, change: { kind, entries, ...expected } };
}

function keysOf(change: KeyChange): readonly string[] {
  if (change.kind === "put") return change.entries.map(([key]) => key);
  return change.kind === "delete" ? change.keys : [change.key];
}
