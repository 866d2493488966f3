/** Places in distributed traces, as programs tell one another of them in two fields of a header (W3C Trace Context, level 2). */

import { randomBytes } from "node:crypto";
import type { Trace } from "./call-context.ts";

/** Reader of a header's fields: values of all lines of a name, with commas between them; null where there are none. */
export interface TraceFields {
  get(name: string): string | null;
}

/** Version, trace, parent and flags; versions to come may say more behind them (section 3.2.4). */
const parentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** Flags that are known: sampled, and made at random. */
const knownFlags = 0b11;

/** Entries of `tracestate` (section 3.3.1): keys of one vendor or of a tenant of one, and printable values without commas and equals signs. */
const stateEntry =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
/** Entries that there may be, characters that are handed on, and characters of an entry that is left off first (section 3.3.1.5). */
const [maxEntries, maxState, longEntry] = [32, 512, 128];

/** Place that the fields of a request name; undefined where they name none, or one that can't be read: the trace begins anew then. */
export function readTrace(fields: TraceFields): Trace | undefined {
  const parent = fields.get("traceparent");
  if (parent === null) return undefined;
  const traceparent = readParent(parent.trim());
  if (traceparent === undefined) return undefined;
  const state = fields.get("tracestate");
  const tracestate = state === null ? undefined : readState(state);
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

/** Value of `traceparent` in the version that is written here; undefined for one that can't be read. */
function readParent(value: string): string | undefined {
  const [, version, trace, parent, flags, more] = parentForm.exec(value) ?? [];
  if (trace === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (zeros.test(trace) || zeros.test(parent!)) return undefined;
  const known = Number.parseInt(flags!, 16) & knownFlags;
  return `00-${trace}-${parent}-0${known}`;
}

/** Value of `tracestate` that can be handed on; undefined where there is none, as for one that can't be read. */
function readState(value: string): string | undefined {
  // Empty entries are allowed, and say nothing.
  let entries = value.split(",").flatMap((entry) => entry.trim() || []);
  if (entries.length === 0 || entries.length > maxEntries) return undefined;
  if (!entries.every((entry) => stateEntry.test(entry))) return undefined;
  const keys = new Set(entries.map((entry) => entry.slice(0, entry.indexOf("="))));
  if (keys.size < entries.length) return undefined;
  const size = () => entries.join(",").length;
  if (size() > maxState) entries = entries.filter((entry) => entry.length <= longEntry);
  while (size() > maxState) entries.pop();
  return entries.length === 0 ? undefined : entries.join(",");
}

/** Place at the root of a trace of its own, which nobody records. */
export function newTrace(): Trace {
  const random = randomBytes(24).toString("hex");
  const trace = `00-${random.slice(0, 32)}-${random.slice(32)}-02`;
  return { traceparent: trace };
}

/** True for the name of a trace. */
export function isTraceId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** Name of a trace, which all who take part in it share; undefined where a place names none, as an embedder may have written it. */
export function traceId(place: Trace | undefined): string | undefined {
  const trace = place?.traceparent.slice(3, 35);
  return isTraceId(trace) ? trace : undefined;
}

/** True for a place whose trace is recorded where it comes from. */
export function isSampled({ traceparent }: Trace): boolean {
  return (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1;
}

/** The place as others can be told it, whoever has written it; undefined where they can't. */
export function tellableTrace({ traceparent, tracestate = "" }: Trace): Trace | undefined {
  return readTrace({ get: (name) => (name === "traceparent" ? traceparent : tracestate) });
}
