/** Attacks by host functions: work that is far more than the call and its values look like, or that is called for ever. */
import { calling as callingHost, offered } from "../../guests/host-calls.ts";
import { givenMemory, text } from "../../guests/hostile-text.ts";
import { everything } from "../../support/capability-probe.ts";
import { type Attack, type AttackCall, calling, harmless, refusal } from "../attack.ts";

/** A function of the host's: the instance that it is of, its name there, and its core type. */
type Lowered = readonly [instance: string, member: string, type: string];

/** `go` does `body` with these; whatever the host gives lies at 3 MiB, again and again. */
const hostGuest = (
  name: string,
  imports: string,
  lowered: Readonly<Record<string, Lowered>>,
  body: string,
  outcome: AttackCall["outcome"],
  grants: Record<string, unknown> = {},
): Attack => {
  const names = Object.entries(lowered);
  return {
    ...calling(
      name,
      text(`${imports}
        ${givenMemory(80, 3_145_728)}
        ${names
          .map(([id, [instance, member]]) =>
            member.startsWith("drop ")
              ? `(core func $${id} (canon resource.drop ${member.slice(5)}))`
              : `(core func $${id} (canon lower (func ${instance} "${member}") (memory $memory) (realloc $realloc)))`,
          )
          .join("\n")}
        (core module $M (import "env" "memory" (memory 80))
          ${names.map(([id, [, , type]]) => `(import "env" "${id}" (func $${id} ${type}))`).join(" ")}
          (func (export "go") (local $h i32) (local $i i32) (local $k i32) ${body}))
        (core instance $m (instantiate $M (with "env" (instance (export "memory" (memory $memory))
          ${names.map(([id]) => `(export "${id}" (func $${id}))`).join(" ")}))))
        (func (export "go") (canon lift (core func $m "go")))`),
      outcome,
    ),
    imports,
    unpaid: "host functions",
    settings: { grants },
  };
};

const fields = `(import "wasi:http/types@0.2.0" (instance $http
  (export "fields" (type $f (sub resource)))
  (type $e' (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
  (export "header-error" (type $e (eq $e')))
  (export "[constructor]fields" (func (result (own $f))))
  (export "[method]fields.append" (func (param "self" (borrow $f)) (param "name" string) (param "value" (list u8))
    (result (result (error $e)))))
  (export "[method]fields.set" (func (param "self" (borrow $f)) (param "name" string) (param "value" (list (list u8)))
    (result (result (error $e)))))
  (export "[method]fields.delete" (func (param "self" (borrow $f)) (param "name" string)
    (result (result (error $e)))))
  (export "[method]fields.has" (func (param "self" (borrow $f)) (param "name" string) (result bool)))
  (export "[method]fields.clone" (func (param "self" (borrow $f)) (result (own $f))))))
  (alias export $http "fields" (type $fields))`;

const fieldFunctions: Readonly<Record<string, Lowered>> = {
  new: ["$http", "[constructor]fields", "(result i32)"],
  append: ["$http", "[method]fields.append", "(param i32 i32 i32 i32 i32 i32)"],
  set: ["$http", "[method]fields.set", "(param i32 i32 i32 i32 i32 i32)"],
  delete: ["$http", "[method]fields.delete", "(param i32 i32 i32 i32)"],
  has: ["$http", "[method]fields.has", "(param i32 i32 i32) (result i32)"],
  clone: ["$http", "[method]fields.clone", "(param i32) (result i32)"],
  drop: ["$http", "drop $fields", "(param i32)"],
};

/** Leaves fields with so many entries in `$h`, each with a name of four letters of its own at 64. */
const filled = (count: number) => `
  (local.set $h (call $new)) (local.set $i (i32.const ${count}))
  (loop $more ${named} (call $append (local.get $h) (i32.const 64) (i32.const 4) (i32.const 80) (i32.const 0) (i32.const 96))
    (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;
const named = [0, 4, 8, 12]
  .map(
    (shift, at) =>
      `(i32.store8 offset=${at} (i32.const 64) (i32.add (i32.const 97) (i32.and (i32.shr_u (local.get $i) (i32.const ${shift})) (i32.const 15))))`,
  )
  .join(" ");

/** More than is kept, or all that the fuel is good for. */
const stopped = refusal(["out-of-fuel", "trap", "result-too-large"]);

const withFields = (name: string, count: number, forever: string): Attack =>
  hostGuest(name, fields, fieldFunctions, `${filled(count)} (loop ${forever} (br 0))`, stopped);

const stderr = `(import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error'))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $o (sub resource)))
    (export "error" (type $er (eq $error')))
    (type $e' (variant (case "last-operation-failed" (own $er)) (case "closed")))
    (export "stream-error" (type $e (eq $e')))
    (export "[method]output-stream.write-zeroes" (func (param "self" (borrow $o)) (param "len" u64)
      (result (result (error $e)))))
    (export "[method]output-stream.write" (func (param "self" (borrow $o)) (param "contents" (list u8))
      (result (result (error $e)))))))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/stderr@0.2.0" (instance $stderr
    (export "output-stream" (type $o (eq $output))) (export "get-stderr" (func (result (own $o))))))`;

const streamFunctions: Readonly<Record<string, Lowered>> = {
  get: ["$stderr", "get-stderr", "(result i32)"],
  zeroes: ["$streams", "[method]output-stream.write-zeroes", "(param i32 i64 i32)"],
  write: ["$streams", "[method]output-stream.write", "(param i32 i32 i32 i32)"],
};

const waiting = `(import "wasi:io/poll@0.2.0" (instance $io (export "pollable" (type $p (sub resource)))
    (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
  (alias export $io "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "pollable" (type $p (eq $pollable)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))`;
const waitFunctions: Readonly<Record<string, Lowered>> = {
  subscribe: ["$clock", "subscribe-duration", "(param i64) (result i32)"],
  poll: ["$io", "poll", "(param i32 i32 i32)"],
};

/** A list of `count` handles at 1 MiB, each made by `make`. */
const handles = (count: number, make: string) => `(local.set $i (i32.const ${count}))
  (loop $more (local.set $i (i32.sub (local.get $i) (i32.const 1)))
    (i32.store (i32.add (i32.const 1048576) (i32.mul (local.get $i) (i32.const 4))) ${make})
    (br_if $more (local.get $i)))`;

const byHand: readonly Attack[] = [
  withFields(
    "looks for a header field among 2,000",
    2_000,
    "(drop (call $has (local.get $h) (i32.const 64) (i32.const 4)))",
  ),
  withFields(
    "looks for a header field among 15,000",
    15_000,
    "(drop (call $has (local.get $h) (i32.const 64) (i32.const 4)))",
  ),
  withFields(
    "deletes a header field that is not there among 15,000",
    15_000,
    "(call $delete (local.get $h) (i32.const 64) (i32.const 3) (i32.const 96))",
  ),
  withFields(
    "appends and deletes a header field among 2,000",
    2_000,
    `(call $append (local.get $h) (i32.const 64) (i32.const 3) (i32.const 80) (i32.const 0) (i32.const 96))
     (call $delete (local.get $h) (i32.const 64) (i32.const 3) (i32.const 96))`,
  ),
  withFields(
    "copies 1,000 header fields and lets the copy go",
    1_000,
    "(call $drop (call $clone (local.get $h)))",
  ),
  hostGuest(
    "sets a header field to 250,000 values",
    fields,
    fieldFunctions,
    "(local.set $h (call $new)) (i32.store8 (i32.const 64) (i32.const 97)) (call $set (local.get $h) (i32.const 64) (i32.const 1) (i32.const 1048576) (i32.const 250000) (i32.const 96))",
    stopped,
  ),
  hostGuest(
    "sets a header field to values that can't be, for ever",
    fields,
    fieldFunctions,
    "(local.set $h (call $new)) (loop (call $append (local.get $h) (i32.const 64) (i32.const 0) (i32.const 80) (i32.const 0) (i32.const 96)) (br 0))",
    stopped,
  ),
  hostGuest(
    "writes 64 KiB of zeroes for ever",
    stderr,
    streamFunctions,
    "(local.set $h (call $get)) (loop (call $zeroes (local.get $h) (i64.const 65536) (i32.const 96)) (br 0))",
    stopped,
    { logging: true },
  ),
  hostGuest(
    "writes 64 KiB of empty lines for ever",
    stderr,
    streamFunctions,
    `(memory.fill (i32.const 1048576) (i32.const 10) (i32.const 65536)) (local.set $h (call $get))
     (loop (call $write (local.get $h) (i32.const 1048576) (i32.const 65536) (i32.const 96)) (br 0))`,
    stopped,
    { logging: true },
  ),
  hostGuest(
    "asks 100,000 times in one call whether one moment has come",
    waiting,
    waitFunctions,
    `(local.set $h (call $subscribe (i64.const 0)))
     ${handles(100_000, "(local.get $h)")}
     (loop (call $poll (i32.const 1048576) (i32.const 100000) (i32.const 96)) (br 0))`,
    refusal(["out-of-fuel", "trap", "result-too-large"]),
    { clocks: true },
  ),
  {
    ...hostGuest(
      "waits for 9,000 moments at once",
      waiting,
      waitFunctions,
      `${handles(9_000, "(call $subscribe (i64.extend_i32_u (i32.add (i32.const 100000000) (local.get $i))))")}
       (loop (call $poll (i32.const 1048576) (i32.const 9000) (i32.const 96)) (br 0))`,
      refusal(["timeout", "out-of-fuel", "result-too-large", "trap"]),
    ),
    settings: { grants: { clocks: true }, limits: { time: 50 } },
  },
];

/** Each function of the table for ever, with values of 2,000 of everything: nearly as many as may be kept. */
const each: readonly Attack[] = [...offered.keys()].flatMap((full): Attack[] => {
  const bytes = full.startsWith("wasi:cli/exit#") ? undefined : callingHost(full);
  if (bytes === undefined) return [];
  const stopped = refusal(["out-of-fuel", "result-too-large", "trap"]);
  return [
    {
      name: `calls ${full} for ever`,
      bytes,
      settings: { grants: everything },
      calls: [
        { call: "fill", outcome: harmless() },
        { call: "call", args: [2_000, 2 ** 31 - 1], outcome: stopped },
      ],
    },
  ];
});

export const hostFunctions: readonly Attack[] = [...byHand, ...each];
