/** Answers of filters, judged: which headers they may change, and what they may answer with themselves. */
import { filterBounds } from "../../bounds/filter-bounds.ts";
import { hasNoContent } from "../../capabilities/http/no-content.ts";
import { badResponse, connectionFields, requireField } from "../serve/message-fields.ts";

export type Header = readonly [name: string, value: string];

/** Changes of headers, as `hotcell:filter` has them. */
export interface HeaderChanges {
  readonly remove: readonly string[];
  readonly set: readonly Header[];
  readonly append: readonly Header[];
}

/** Answer that a filter gives in the place of who would. */
export interface FilterAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** Verdict of a filter on a request. */
export type Verdict =
  | { readonly tag: "next" }
  | { readonly tag: "change"; readonly val: HeaderChanges }
  | { readonly tag: "answer"; readonly val: FilterAnswer };

/** Fields that say where a message ends, what its content is coded in, and whom it is for: who changes them would change more than a header. */
const framing = new Set([
  ...connectionFields,
  ...["content-length", "content-encoding", "content-range", "expect", "host", "trailer"],
]);

/** Throws `bad-response` for changes that nobody may make, or no message can carry. */
export function requireChanges(plugin: string, { remove, set, append }: HeaderChanges): void {
  requireFew(plugin, [...remove.map((name) => [name, ""] as const), ...set, ...append]);
  for (const name of remove) requireFree(plugin, name, "");
  for (const [name, value] of set) requireFree(plugin, name, value);
  for (const [name, value] of append) requireFree(plugin, name, value);
}

/** Throws `bad-response` for an answer to a request of that method that can't be sent. */
export function requireAnswer(plugin: string, method: string, { status, headers, body }: FilterAnswer): void {
  if (status < 200 || status > 599) {
    throw badResponse(plugin, `Its status is ${status}.`, {
      actual: status,
      expected: "200 to 599",
      remedy: "Have the filter answer with a status of RFC 9110, section 15.",
    });
  }
  requireFew(plugin, headers);
  for (const [name, value] of headers) requireFree(plugin, name, value);
  const limit = hasNoContent(method, status) && method !== "HEAD" ? 0 : filterBounds.body.value;
  if (body.length <= limit) return;
  const why = limit === 0 ? `An answer of ${status} has no body` : "Its body is too long";
  throw badResponse(plugin, `${why}.`, {
    limit,
    actual: body.length,
    remedy: "Have the filter answer with less, or let the request go on to who answers with more.",
  });
}

function requireFew(plugin: string, headers: readonly Header[]): void {
  const maxFields = filterBounds.fields.value;
  if (headers.length > maxFields) {
    throw badResponse(plugin, "It has too many header fields.", {
      limit: maxFields,
      actual: headers.length,
      remedy: "Have the filter change fewer headers.",
    });
  }
  const maxLength = filterBounds.characters.value;
  const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (length <= maxLength) return;
  throw badResponse(plugin, "Its header fields are too long.", {
    limit: maxLength,
    actual: length,
    remedy: "Have the filter use shorter headers.",
  });
}

function requireFree(plugin: string, name: string, value: string): void {
  requireField(plugin, name, value);
  if (!framing.has(name.toLowerCase())) return;
  throw badResponse(plugin, `The header ${name} is not for filters to change.`, {
    actual: name,
    expected: "headers that say nothing of how the message is framed, coded or routed",
    remedy: "Have the filter leave it as it is: a filter sees heads, and not what comes after them.",
  });
}

/** Headers after the changes. */
export function changedHeaders(headers: readonly Header[], changes: HeaderChanges): Header[] {
  const gone = new Set(
    [...changes.remove, ...changes.set.map(([name]) => name)].map((name) => name.toLowerCase()),
  );
  const lower = ([name, value]: Header): Header => [name.toLowerCase(), value];
  return [
    ...headers.filter(([name]) => !gone.has(name)),
    ...changes.set.map(lower),
    ...changes.append.map(lower),
  ];
}
