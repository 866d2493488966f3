/** Plugins that reach for what they were not granted, or use what they were against the host. */
import type { ErrorCode } from "../../../host/errors.ts";
import { guest, returning, shared, text } from "../../guests/hostile-text.ts";
import {
  type Attack,
  type AttackCall,
  calling,
  harmless,
  outOfFuel,
  refusal,
  refusing,
  trap,
} from "../attack.ts";

const now = '(export "now" (func (result u64)))';
const importing = (id: string, members = now) => text(`(import "${id}" (instance ${members}))`);
const reaching = (id: string, codes: readonly ErrorCode[], members = now) =>
  refusing(`imports ${id}`, importing(id, members), codes);

interface Import {
  readonly id: string;
  /** What has to be imported before. */
  readonly before?: string;
  readonly members: string;
  /** The function that is called. */
  readonly member: string;
  /** Its type in the core module. */
  readonly type: string;
  /** Further core functions, by name, with their types. */
  readonly more?: Readonly<Record<string, string>>;
}

/** `go` does `body` with the imported `$f`, which was granted. */
const using = (
  name: string,
  grant: string | undefined,
  { id, before = "", members, member, type, more = {} }: Import,
  body: string,
  outcome: AttackCall["outcome"],
  limits: Record<string, number> = {},
): Attack => ({
  ...calling(
    name,
    text(`${shared} ${before} (import "${id}" (instance $host ${members}))
      (core func $f (canon lower (func $host "${member}") (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "memory" (memory 1)) (import "env" "f" (func $f ${type}))
        ${Object.entries(more).map(([other, core]) => `(import "env" "${other}" (func $${other} ${core}))`)}
        (data (i32.const 1024) "\\1b[2Jok\\0a[greet] info: forged\\0d\\e2\\80\\ae") (func (export "go") ${body}))
      (core instance $m (instantiate $M (with "env" (instance
        (export "memory" (memory $memory)) (export "f" (func $f))
        ${Object.keys(more).map((other) => `(export "${other}" (func $${other}))`)}))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  imports: `${before} (import "${id}" (instance $host ${members}))`,
  settings: { grants: grant === undefined ? {} : { [grant]: true }, limits },
});

const clock: Import = {
  id: "wasi:clocks/monotonic-clock@0.2.0",
  members: now,
  member: "now",
  type: "(result i64)",
};
const buckets: Import = {
  id: "wasi:keyvalue/store@0.2.0-draft",
  members: `(export "bucket" (type $bucket (sub resource)))
    (type $e (variant (case "no-such-store") (case "access-denied") (case "other" string)))
    (export "error" (type $error (eq $e)))
    (export "open" (func (param "identifier" string) (result (result (own $bucket) (error $error)))))`,
  member: "open",
  type: "(param i32 i32 i32)",
};
const randomBytes: Import = {
  id: "wasi:random/random@0.2.0",
  members: '(export "get-random-bytes" (func (param "len" u64) (result (list u8))))',
  member: "get-random-bytes",
  type: "(param i64 i32)",
};
const variables: Import = {
  id: "wasi:cli/environment@0.2.0",
  members: '(export "get-environment" (func (result (list (tuple string string)))))',
  member: "get-environment",
  type: "(param i32)",
};
const log: Import = {
  id: "wasi:logging/logging@0.1.0-draft",
  members: `(type $e (enum "trace" "debug" "info" "warn" "error" "critical")) (export "level" (type $level (eq $e)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))`,
  member: "log",
  type: "(param i32 i32 i32 i32 i32)",
};

/** Asks for a mebibyte again and again, and gives the host the same place for it each time. */
const forgetful = (id: string, member: string, grants: Record<string, unknown>): Attack => ({
  imports: `(import "${id}" (instance $host (export "${member}" (func (param "len" u64) (result (list u8))))))`,
  ...calling(
    `has ${member} write to the same place for ever`,
    text(`(import "${id}" (instance $host (export "${member}" (func (param "len" u64) (result (list u8))))))
      (core module $A (memory (export "memory") 20)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
      (core instance $a (instantiate $A))
      (alias core export $a "memory" (core memory $memory)) (alias core export $a "realloc" (core func $realloc))
      (core func $f (canon lower (func $host "${member}") (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "f" (func $f (param i64 i32)))
        (func (export "go") (loop (call $f (i64.const 1048576) (i32.const 8)) (br 0))))
      (core instance $m (instantiate $M (with "env" (instance (export "f" (func $f))))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outOfFuel,
  ),
  settings: { grants },
});

const ungranted = ["import-not-granted"] as const;
const unknown = ["unknown-import"] as const;
/** Also what a host may answer harmlessly without a grant is no way to the real thing. */
const either = ["unknown-import", "import-not-granted", "import-mismatch"] as const;

export const capabilities: readonly Attack[] = [
  reaching("wasi:clocks/monotonic-clock@0.2.0", ungranted),
  reaching("wasi:clocks/monotonic-clock@0.2.999", ungranted),
  reaching("wasi:random/random@0.2.0", ungranted, '(export "get-random-u64" (func (result u64)))'),
  reaching("wasi:clocks/monotonic-clock@0.3.0", unknown),
  reaching("wasi:clocks/monotonic-clock@1.0.0", unknown),
  reaching("wasi:clocks/monotonic-clock@0.2.0-rc-2023-11-10", either),
  reaching("wasi:clocks/monotonic-clocks@0.2.0", unknown),
  reaching("wasi:clock/monotonic-clock@0.2.0", unknown),
  reaching("wasi-clocks:clocks/monotonic-clock@0.2.0", unknown),
  reaching("wasi:clocks/monotonic-clock@0.2.0+evil", either),
  reaching("wasi:clocks/constructor@0.2.0", unknown),
  reaching("hotcell:plugin/lifecycle@0.1.0", unknown),
  reaching("wasi:filesystem/preopens@0.2.0", unknown, '(export "everything" (func (result (list string))))'),
  reaching(
    "wasi:cli/environment@0.2.0",
    unknown,
    '(export "process-environment" (func (result (list string))))',
  ),
  reaching("wasi:sockets/tcp@0.2.0", either),
  reaching("wasi:http/outgoing-handler@0.2.0", either),
  refusing(
    "imports a function of the world",
    text('(import "fetch" (func (param "url" string)))'),
    "unknown-import",
  ),
  {
    name: "imports a function that the granted interface does not have",
    bytes: importing("wasi:clocks/monotonic-clock@0.2.0", '(export "set" (func (param "to" u64)))'),
    settings: { grants: { clocks: true } },
    refused: refusal("unknown-import"),
  },
  {
    name: "imports a function called like a property of every object",
    bytes: importing("wasi:clocks/monotonic-clock@0.2.0", '(export "constructor" (func (result u64)))'),
    settings: { grants: { clocks: true } },
    refused: refusal("unknown-import"),
  },
  {
    name: "imports a granted function as another type",
    bytes: importing("wasi:clocks/monotonic-clock@0.2.0", '(export "now" (func (result string)))'),
    settings: { grants: { clocks: true } },
    refused: refusal("import-mismatch"),
  },
  {
    name: "asks for a capability called like a property of every object",
    bytes: importing("wasi:clocks/monotonic-clock@0.2.0"),
    settings: { grants: { constructor: true } },
    // The word may also be left out as no member: what counts is that it grants nothing.
    refused: refusal(["bad-settings", "import-not-granted"]),
  },
  using(
    "opens buckets without end",
    "kv",
    buckets,
    "(loop (call $f (i32.const 0) (i32.const 0) (i32.const 512)) (br 0))",
    { ...outOfFuel, withMoreFuel: trap(/objects/) },
  ),
  using("reads the clock without end", "clocks", clock, "(loop (drop (call $f)) (br 0))", outOfFuel),
  using(
    "looks for a clock finer than a millisecond",
    "clocks",
    clock,
    "(if (i64.ne (i64.rem_u (call $f) (i64.const 1000000)) (i64.const 0)) (then unreachable))",
    harmless(),
  ),
  using(
    "waits for ever",
    "clocks",
    {
      id: "wasi:clocks/monotonic-clock@0.2.0",
      before: `(import "wasi:io/poll@0.2.0" (instance $io (export "pollable" (type $pollable (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
        (alias export $io "pollable" (type $pollable))
        (core func $block (canon lower (func $io "[method]pollable.block")))`,
      members: `(export "pollable" (type $p (eq $pollable)))
        (export "subscribe-duration" (func (param "when" u64) (result (own $p))))`,
      member: "subscribe-duration",
      type: "(param i64) (result i32)",
      more: { block: "(param i32)" },
    },
    "(call $block (call $f (i64.const 0x7fffffffffffffff)))",
    refusal("timeout"),
    { time: 20 },
  ),
  using(
    "waits for more and more at once",
    "clocks",
    {
      id: "wasi:clocks/monotonic-clock@0.2.0",
      before: `(import "wasi:io/poll@0.2.0" (instance $io (export "pollable" (type $pollable (sub resource)))))
        (alias export $io "pollable" (type $pollable))`,
      members: `(export "pollable" (type $p (eq $pollable)))
        (export "subscribe-duration" (func (param "when" u64) (result (own $p))))`,
      member: "subscribe-duration",
      type: "(param i64) (result i32)",
    },
    "(loop (drop (call $f (i64.const 0x7fffffffffffffff))) (br 0))",
    refusal(["out-of-fuel", "trap"]),
  ),
  using(
    "looks for the host's environment",
    undefined,
    variables,
    "(call $f (i32.const 16)) (if (i32.load (i32.const 20)) (then unreachable))",
    harmless(),
  ),
  using(
    "looks for the host's arguments",
    undefined,
    {
      ...variables,
      members: '(export "get-arguments" (func (result (list string))))',
      member: "get-arguments",
    },
    "(call $f (i32.const 16)) (if (i32.load (i32.const 20)) (then unreachable))",
    harmless(),
  ),
  using(
    "looks for files",
    undefined,
    {
      id: "wasi:filesystem/preopens@0.2.0",
      before: `(import "wasi:filesystem/types@0.2.0" (instance $types (export "descriptor" (type $descriptor (sub resource)))))
        (alias export $types "descriptor" (type $descriptor))`,
      members: `(export "descriptor" (type $d (eq $descriptor)))
        (export "get-directories" (func (result (list (tuple (own $d) string)))))`,
      member: "get-directories",
      type: "(param i32)",
    },
    "(call $f (i32.const 16)) (if (i32.load (i32.const 20)) (then unreachable))",
    harmless(),
  ),
  using(
    "ends the host's process",
    undefined,
    {
      id: "wasi:cli/exit@0.2.0",
      members: '(export "exit" (func (param "status" (result))))',
      member: "exit",
      type: "(param i32)",
    },
    "(call $f (i32.const 1))",
    refusal("exited", /status 1/),
  ),
  using(
    "ends itself with success, as often as it is called",
    undefined,
    {
      id: "wasi:cli/exit@0.2.0",
      members: '(export "exit" (func (param "status" (result))))',
      member: "exit",
      type: "(param i32)",
    },
    "(call $f (i32.const 0)) (loop (br 0))",
    harmless(),
  ),
  using(
    "asks for 2^63 random bytes",
    "random",
    randomBytes,
    "(call $f (i64.const 0x7fffffffffffffff) (i32.const 16))",
    trap(/bytes/),
  ),
  using(
    "asks for random bytes without end",
    "random",
    randomBytes,
    "(loop (call $f (i64.const 1000) (i32.const 16)) (br 0))",
    refusal(["out-of-fuel", "trap"]),
  ),
  forgetful(randomBytes.id, randomBytes.member, { random: true }),
  forgetful("wasi:random/insecure@0.2.0", "get-insecure-random-bytes", {}),
  using(
    "writes lines that look like others', and moves the cursor",
    "logging",
    log,
    "(call $f (i32.const 2) (i32.const 1024) (i32.const 6) (i32.const 1024) (i32.const 33))",
    harmless(),
  ),
  using(
    "floods the log",
    "logging",
    log,
    "(loop (call $f (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 33)) (br 0))",
    { ...outOfFuel, withMoreFuel: refusal("result-too-large") },
  ),
  using(
    "writes a line as large as its memory",
    "logging",
    log,
    `(memory.fill (i32.const 4096) (i32.const 97) (i32.const 100000))
        (call $f (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 100000))`,
    harmless(),
  ),
  using(
    "logs on a level that does not exist",
    "logging",
    log,
    "(call $f (i32.const 99) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
    trap(),
  ),
  calling(
    "aborts with words that move the cursor and forge a line",
    guest(
      `(global (export "hotcell:abort") i32 (i32.const 64)) (func (export "go") unreachable)
       (data (i32.const 64) "\\00\\04\\00\\00\\09\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\01\\00\\00\\00\\01\\00\\00\\00")
       (data (i32.const 1024) "\\1b\\00[\\002\\00J\\00\\0a\\00x\\00\\0d\\00\\2e\\20")`,
    ),
    refusal("trap", /^[^\p{Cc}\u202e]*$/u),
  ),
  calling(
    "returns an error with words that move the cursor",
    guest(`${returning([1, 1024, 9])} (data (i32.const 1024) "\\1b[2J\\0d\\0aX:y")`, {
      go: "(result (result (error string)))",
    }),
    refusal("guest-error", /^[^\p{Cc}\u202e]*$/u),
  ),
];
