/** Parts of a response out of a process that a plugin may have taken over: what no handler of ours sends is not believed. */
import { expect, it } from "vitest";
import type { Data } from "../../host/backends/data.ts";
import { Garbled } from "../../host/placement/process/frame.ts";
import { ResponseReader, responsePart } from "../../host/placement/process/handler-parts.ts";

const fields = (...names: string[]) => Buffer.from(names.join("\0"), "latin1");
const head = { status: 200, fields: fields("a", "b") };

it("reads what was written", () => {
  const reader = new ResponseReader();
  const parts = [
    { informed: { status: 103, fields: [] } },
    { head: { status: 200, fields: ["a", "\xe9"] }, bytes: new Uint8Array([1]) },
    { bytes: new Uint8Array([2]), end: { trailers: ["x", "y"] } },
  ];
  for (const part of parts) expect(reader.read(responsePart(part))).toEqual(part);
});

it.each<[string, ...Data[]]>([
  ["no part", null],
  ["text", "200"],
  ["a body before its head", { bytes: new Uint8Array(1) }],
  ["a second head", { head }, { head }],
  ["what comes after the end", { head, end: null }, { bytes: new Uint8Array(1) }],
  ["a member that there is none of", { head, more: 1 }],
  ["a status that is none", { head: { ...head, status: 600 } }],
  ["half a status", { head: { ...head, status: 200.5 } }],
  ["an informational status for a response", { head: { ...head, status: 100 } }],
  ["another protocol", { informed: { ...head, status: 101 } }],
  ["information after the head", { head }, { informed: { ...head, status: 103 } }],
  ["information without end", ...Array.from({ length: 17 }, () => ({ informed: { ...head, status: 103 } }))],
  ["a name without a value", { head: { status: 200, fields: fields("a") } }],
  ["a name that is none", { head: { status: 200, fields: fields("a b", "c") } }],
  ["a value of two lines", { head: { status: 200, fields: fields("a", "b\r\nc: d") } }],
  ["a field that is the host's", { head: { status: 200, fields: fields("Transfer-Encoding", "x") } }],
  ["too many fields", { head: { status: 200, fields: fields("a", "b".repeat(40_000)) } }],
  ["trailers that are none", { head, end: fields("connection", "b") }],
  ["a body of text", { head, bytes: "text" }],
  ["more than it may have", { head, bytes: new Uint8Array(101) }],
  ["an end of no kind", { head, abort: 1 }],
])("does not believe %s", (_, ...parts) => {
  const reader = new ResponseReader(() => 100);
  expect(() => {
    for (const part of parts) reader.read(part);
  }).toThrow(Garbled);
});
