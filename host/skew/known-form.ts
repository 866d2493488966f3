/**
 * Forms of what hosts store for one another, or tell each other. Another Hotcell may have written one that this one does not know: it
 * then leaves the thing as it is, and says so, rather than go by the part that it knows.
 */
import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";
import { isObject } from "../text/json-value.ts";

/** Form of a thing as far as this Hotcell knows it. */
export interface KnownForm {
  /** Highest number; what says none has 1. A Hotcell raises it for what those before it may not pass over, and only where it writes that. */
  readonly form: number;
  /** Members that there are, where others could take away what these give; absent: others are passed over, and kept where they are. */
  readonly members?: readonly string[];
}

/** Characters of what somebody else wrote that are quoted. */
const maxQuoted = 60;

/** Clause on what of a value this Hotcell does not know; undefined where it may go by it. */
export function unknownIn(value: unknown, { form, members }: KnownForm): string | undefined {
  if (!isObject(value)) return "it is no object";
  const { form: actual = 1, ...rest } = value;
  if (typeof actual !== "number" || actual > form)
    return `it has form ${quoted(actual)}, and this Hotcell knows ${form}`;
  const other = members && Object.keys(rest).find((name) => !members.includes(name));
  return other === undefined ? undefined : `this Hotcell knows no ${quoted(other)} of it`;
}

/** Value that a text is as JSON; undefined for one that is none: to nobody is that a form. */
export function parsedForm(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === "string" ? text : Buffer.from(text).toString());
  } catch {
    return undefined;
  }
}

/** Remedy of whoever meets a thing that is not known. */
export const toKnow =
  "Bring this host to the Hotcell that stored it, or to a later one: GET /nodes says which there are.";

/** Refusal to go by a thing of which something is not known. */
export function ofNewerHotcell(thing: string, unknown: string): HotcellError {
  return new HotcellError("store-too-new", `A newer Hotcell has stored ${thing}: ${unknown}.`, {
    subject: thing,
    remedy:
      "Bring this host to the Hotcell that stored it, or to a later one: GET /nodes says which there are.",
  });
}

function quoted(value: unknown): string {
  return beginning(JSON.stringify(value) ?? "undefined", maxQuoted);
}
