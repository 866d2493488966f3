/** Answers written into the text of a `calls.json` or `requests.json`, of which everything else stays as its author wrote it. */

import { type JsonMember, type JsonPlace, jsonPlaces } from "../../text/json-places.ts";

export interface Recorded {
  readonly list: "calls" | "requests";
  /** Index of the check in its list. */
  readonly index: number;
  readonly kind: "returns" | "err" | "response";
  readonly value: unknown;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Characters up to which a value that was not written yet goes on one line. */
const shortEnough = 80;

export function recordAnswers(text: string, answers: readonly Recorded[]): string {
  const { members } = jsonPlaces(text);
  const itemsOf = (list: string) => members?.findLast(({ name }) => name === list)?.value.items ?? [];
  const lists = { calls: itemsOf("calls"), requests: itemsOf("requests") };
  const edits = answers.flatMap((answer) => {
    const check = lists[answer.list][answer.index];
    return check ? editsFor(text, check, answer) : [];
  });
  // From the end, so that what is before keeps its place.
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end, text: part }) => all.slice(0, start) + part + all.slice(end), text);
}

/** The first of what the check expects becomes the answer; what else it expects goes. */
function editsFor(text: string, check: JsonPlace, { kind, value }: Recorded): Edit[] {
  const members = check.members ?? [];
  const expected = members.filter(({ name }) => ["returns", "err", "response", "traps"].includes(name));
  const [first, ...others] = expected;
  const style = styleOf(text);
  if (!first) return [insertion(text, members, kind, value, style)];
  const old = text.slice(first.value.start, first.value.end);
  const written =
    old.includes("\n") || !fits(value, style)
      ? onLines(value, indentationAt(text, first.start), style)
      : onOneLine(value, style);
  const renamed = first.name !== kind;
  const name = { start: first.start, end: first.nameEnd, text: JSON.stringify(kind) };
  const gone = others.map((member) => {
    const before = members[members.indexOf(member) - 1]!;
    return { start: before.value.end, end: member.value.end, text: "" };
  });
  return [
    ...(renamed ? [name] : []),
    { start: first.value.start, end: first.value.end, text: written },
    ...gone,
  ];
}

/** After the last member, set off from it as that is from the one before. */
function insertion(
  text: string,
  members: readonly JsonMember[],
  kind: string,
  value: unknown,
  style: Style,
): Edit {
  const [before, last] = [members.at(-2), members.at(-1)!];
  const lines = before
    ? text.slice(before.value.end, last.start).includes("\n")
    : lineBefore(text, last.start);
  const indentation = indentationAt(text, last.start);
  const gap = lines ? `,\n${indentation}` : style.spaced ? ", " : ",";
  const expanded = text.slice(last.value.start, last.value.end).includes("\n") && typeof value === "object";
  const written =
    lines && (expanded || !fits(value, style)) ? onLines(value, indentation, style) : onOneLine(value, style);
  const at = last.value.end;
  return { start: at, end: at, text: `${gap}"${kind}":${style.spaced ? " " : ""}${written}` };
}

interface Style {
  /** Indentation of one level. */
  readonly indentation: string;
  readonly spaced: boolean;
}

function styleOf(text: string): Style {
  return { indentation: /^[ \t]+/m.exec(text)?.[0] ?? "  ", spaced: !/"\s*:(?=["\d[{])/.test(text) };
}

function fits(value: unknown, style: Style): boolean {
  return onOneLine(value, style).length <= shortEnough;
}

/** `{ "a": [1, 2] }`, or `{"a":[1,2]}` where the file is written like that. */
function onOneLine(value: unknown, style: Style): string {
  if (!style.spaced || typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => onOneLine(item, style)).join(", ")}]`;
  const members = Object.entries(value).map(([name, v]) => `${JSON.stringify(name)}: ${onOneLine(v, style)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function onLines(value: unknown, indentation: string, style: Style): string {
  return JSON.stringify(value, null, style.indentation).replaceAll("\n", `\n${indentation}`);
}

function indentationAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at) + 1))?.[0] ?? "";
}

function lineBefore(text: string, at: number): boolean {
  return /^\s*$/.test(text.slice(text.lastIndexOf("\n", at) + 1, at));
}
