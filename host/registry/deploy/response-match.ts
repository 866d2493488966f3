/** Comparison of a response with what a check wants of it, and a check written anew from one. */
import { isUtf8 } from "node:buffer";
import { matchesPattern } from "../../text/pattern.ts";
import { sameJson } from "../../wit/json/json-function.ts";
import type { CheckResponse } from "./check-exchange.ts";
import type { WantedResponse } from "./request-form.ts";

/** First thing in which a response is another than the one wanted; undefined where it is in none. */
interface Difference {
  /** Without values. */
  readonly how: string;
  readonly told: string;
}

type WantedField = NonNullable<WantedResponse["headers"]>[string];
type WantedBody = NonNullable<WantedResponse["body"]>;

export function differenceOf(wanted: WantedResponse, came: CheckResponse): Difference | undefined {
  const { status = 200, headers = {}, body } = wanted;
  if (came.status !== status)
    return {
      how: "answered with another status",
      told: `expected ${status}, got ${came.status} with ${shown(bodyWritten(came))}`,
    };
  for (const [name, field] of Object.entries(headers)) {
    const values = valuesOf(came, name);
    if (!sameField(field, values))
      return {
        how: "answered with another header",
        told: `expected ${name} ${shown(field)}, got ${shown(fieldWritten(values))}`,
      };
  }
  if (body !== undefined && !sameBody(body, came.body))
    return {
      how: "answered with another body",
      told: `expected ${shown(body)}, got ${shown(bodyWritten(came))}`,
    };
  return undefined;
}

/** Response that a check is to want from now on: what it wants where that came, and else what came. */
export function writtenAnew(wanted: WantedResponse | undefined, came: CheckResponse): WantedResponse {
  const { headers, body } = wanted ?? { headers: { "content-type": "" }, body: "" };
  const fields = Object.entries(headers ?? {}).map(([name, field]) => {
    const values = valuesOf(came, name);
    return [name, sameField(field, values) ? field : fieldWritten(values)] as const;
  });
  const kept = wanted === undefined ? fields.filter(([, field]) => field !== null) : fields;
  return {
    status: came.status,
    ...(headers && kept.length > 0 && { headers: Object.fromEntries(kept) }),
    ...(body !== undefined && {
      body: wanted !== undefined && sameBody(body, came.body) ? body : bodyWritten(came),
    }),
  };
}

function sameField(wanted: WantedField, values: readonly string[]): boolean {
  if (wanted === null) return values.length === 0;
  if (values.length === 0) return false;
  if (Array.isArray(wanted)) return sameJson(wanted, values);
  const value = values.join(", ");
  return typeof wanted === "string" ? value === wanted : matchesPattern(wanted.matches, value);
}

function sameBody(wanted: WantedBody, came: Buffer): boolean {
  if (typeof wanted === "string") return came.equals(Buffer.from(wanted));
  if ("bytes" in wanted) return came.equals(Buffer.from(wanted.bytes, "base64"));
  if ("matches" in wanted) return matchesPattern(wanted.matches, came.toString());
  const json = jsonOf(came);
  return json !== undefined && sameJson(wanted.json, json.value);
}

function valuesOf({ fields }: CheckResponse, name: string): readonly string[] {
  return fields.get(name.toLowerCase()) ?? [];
}

function fieldWritten(values: readonly string[]): WantedField {
  return values.length > 1 ? [...values] : (values[0] ?? null);
}

/** Body as an author would write it: JSON where it says that it is, else a text, and bytes where it is none. */
function bodyWritten(came: CheckResponse): WantedBody {
  const json = /[/+]json\b/i.test(valuesOf(came, "content-type")[0] ?? "") ? jsonOf(came.body) : undefined;
  if (json) return { json: json.value };
  return isUtf8(came.body) ? came.body.toString() : { bytes: came.body.toString("base64") };
}

function jsonOf(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) };
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}
