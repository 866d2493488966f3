/** Plugins that use the files which they were granted against the host. */
import { shared, text } from "../../guests/hostile-text.ts";
import { type Attack, type AttackCall, calling, outOfFuel, refusal, trap } from "../attack.ts";

const codes = [
  ..."access would-block already bad-descriptor busy deadlock quota exist file-too-large illegal-byte-sequence".split(
    " ",
  ),
  ..."in-progress interrupted invalid io is-directory loop too-many-links message-size name-too-long".split(
    " ",
  ),
  ..."no-device no-entry no-lock insufficient-memory insufficient-space not-directory not-empty".split(" "),
  ..."not-recoverable unsupported no-tty no-such-device overflow not-permitted pipe read-only".split(" "),
  ..."invalid-seek text-file-busy cross-device".split(" "),
];
const flags = "read write file-integrity-sync data-integrity-sync requested-write-sync mutate-directory";
const names = (text: string) =>
  text
    .split(" ")
    .map((name) => `"${name}"`)
    .join(" ");

/** Functions of a descriptor that are imported, with their types and those of the core functions. */
const methods: Readonly<Record<string, readonly [type: string, core: string]>> = {
  "open-at": [
    `(param "path-flags" $pf) (param "path" string) (param "open-flags" $of) (param "flags" $df) (result (result (own $d) (error $ec)))`,
    "i32 i32 i32 i32 i32 i32 i32",
  ],
  "set-size": ['(param "size" u64) (result (result (error $ec)))', "i32 i64 i32"],
  "create-directory-at": ['(param "path" string) (result (result (error $ec)))', "i32 i32 i32 i32"],
  "read-directory": ["(result (result (own $s) (error $ec)))", "i32 i32"],
  "write-via-stream": ['(param "offset" u64) (result (result (own $out) (error $ec)))', "i32 i64 i32"],
  write: [
    '(param "buffer" (list u8)) (param "offset" u64) (result (result u64 (error $ec)))',
    "i32 i32 i32 i64 i32",
  ],
  read: [
    '(param "length" u64) (param "offset" u64) (result (result (tuple (list u8) bool) (error $ec)))',
    "i32 i64 i64 i32",
  ],
  sync: ["(result (result (error $ec)))", "i32 i32"],
};

/** `go` does `body` with its directory in `$base`, names at 1024 and what is answered at 64. */
const filing = (name: string, body: string, outcome: AttackCall["outcome"], quota = {}): Attack => ({
  ...calling(
    name,
    text(`${shared}
      (import "wasi:io/streams@0.2.0" (instance $io (export "output-stream" (type (sub resource)))))
      (alias export $io "output-stream" (type $stream))
      (import "wasi:filesystem/types@0.2.0" (instance $types
        (export "descriptor" (type $d (sub resource)))
        (export "directory-entry-stream" (type $s (sub resource)))
        (alias outer 1 $stream (type $outer)) (export "output-stream" (type $out (eq $outer)))
        (type $e (enum ${names(codes.join(" "))})) (export "error-code" (type $ec (eq $e)))
        (type $p (flags "symlink-follow")) (export "path-flags" (type $pf (eq $p)))
        (type $o (flags "create" "directory" "exclusive" "truncate")) (export "open-flags" (type $of (eq $o)))
        (type $f (flags ${names(flags)})) (export "descriptor-flags" (type $df (eq $f)))
        ${Object.entries(methods)
          .map(
            ([method, [type]]) =>
              `(export "[method]descriptor.${method}" (func (param "self" (borrow $d)) ${type}))`,
          )
          .join("\n")}))
      (alias export $types "descriptor" (type $descriptor))
      (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
        (alias outer 1 $descriptor (type $outer)) (export "descriptor" (type $d (eq $outer)))
        (export "get-directories" (func (result (list (tuple (own $d) string)))))))
      (core func $folders (canon lower (func $preopens "get-directories") (memory $memory) (realloc $realloc)))
      (core func $drop (canon resource.drop $descriptor))
      ${Object.keys(methods)
        .map(
          (method) =>
            `(core func $${method} (canon lower (func $types "[method]descriptor.${method}") (memory $memory) (realloc $realloc)))`,
        )
        .join("\n")}
      (core module $M (import "env" "memory" (memory 1))
        (import "env" "folders" (func $folders (param i32))) (import "env" "drop" (func $drop (param i32)))
        ${Object.entries(methods)
          .map(([method, [, core]]) => `(import "env" "${method}" (func $${method} (param ${core})))`)
          .join("\n")}
        (data (i32.const 1024) "name") (global $count (mut i32) (i32.const 1000))
        (func $next (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (i32.store (i32.const 1024) (global.get $count))
          (i32.store8 (i32.const 1024) (i32.add (i32.const 97) (i32.and (global.get $count) (i32.const 15))))
          (i32.store8 (i32.const 1025) (i32.add (i32.const 97) (i32.and (i32.shr_u (global.get $count) (i32.const 4)) (i32.const 15))))
          (i32.store16 (i32.const 1026) (i32.const 0x6161)))
        (func (export "go") (local $base i32) (local $file i32)
          (call $folders (i32.const 64))
          (local.set $base (i32.load (i32.load (i32.const 64))))
          ${body}))
      (core instance $m (instantiate $M (with "env" (instance (export "memory" (memory $memory))
        (export "folders" (func $folders)) (export "drop" (func $drop))
        ${Object.keys(methods)
          .map((method) => `(export "${method}" (func $${method}))`)
          .join(" ")}))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  unpaid: "host functions",
  settings: { grants: { files: { quota } } },
});

/** Opens the file at 1024, which is made where it is not there. */
const open = `(call $open-at (local.get $base) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 1) (i32.const 3) (i32.const 64))
  (local.set $file (i32.load (i32.const 68)))`;
const forever = (body: string) => `(loop $more ${body} (br $more))`;

export const files: Attack[] = [
  filing("asks for its directories for ever", forever("(call $folders (i32.const 64))"), trap()),
  filing("opens a file for ever, and closes none", forever(open), outOfFuel),
  filing(
    "makes files for ever",
    forever(
      `(call $next) ${open} (if (i32.eqz (i32.load8_u (i32.const 64))) (then (call $drop (local.get $file))))`,
    ),
    outOfFuel,
    {
      files: 20,
    },
  ),
  filing(
    "makes directories in one another for ever",
    forever(`(call $create-directory-at (local.get $base) (i32.const 1024) (i32.const 4) (i32.const 64))
      (call $open-at (local.get $base) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 2) (i32.const 1) (i32.const 64))
      (if (i32.eqz (i32.load8_u (i32.const 64))) (then (local.set $base (i32.load (i32.const 68)))))`),
    outOfFuel,
  ),
  filing(
    "makes files of exabytes for ever",
    `${open} ${forever("(call $set-size (local.get $file) (i64.const 0x8000000000000000) (i32.const 64))")}`,
    outOfFuel,
  ),
  filing(
    "grows and shrinks a file for ever",
    `${open} ${forever(`(call $set-size (local.get $file) (i64.const 60000000) (i32.const 64))
      (call $write (local.get $file) (i32.const 0) (i32.const 65536) (i64.const 50000000) (i32.const 64))
      (call $set-size (local.get $file) (i64.const 0) (i32.const 64))`)}`,
    outOfFuel,
  ),
  filing(
    "writes for ever",
    `${open} ${forever("(call $write (local.get $file) (i32.const 0) (i32.const 65536) (i64.const 0) (i32.const 64))")}`,
    outOfFuel,
  ),
  filing(
    "has what it wrote made durable for ever",
    forever("(call $sync (local.get $base) (i32.const 64))"),
    outOfFuel,
  ),
  filing(
    "lists a directory for ever, and drops no list",
    forever("(call $read-directory (local.get $base) (i32.const 64))"),
    outOfFuel,
  ),
  filing(
    "makes streams of a file for ever",
    `${open} ${forever("(call $write-via-stream (local.get $file) (i64.const 0) (i32.const 64))")}`,
    outOfFuel,
  ),
  {
    ...filing(
      "reads a byte of each piece of what came with it for ever",
      `(call $open-at (local.get $base) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 64))
       (local.set $file (i32.load (i32.const 68)))
       ${forever(`(global.set $count (i32.and (i32.add (global.get $count) (i32.const 1)) (i32.const 15)))
         (call $read (local.get $file) (i64.const 1) (i64.mul (i64.extend_i32_u (global.get $count)) (i64.const 131072)) (i32.const 64))`)}`,
      outOfFuel,
    ),
    files: () => ({ name: new Uint8Array(2 * 1024 * 1024) }),
  },
  {
    ...filing("changes what came with it for ever", forever(open), outOfFuel),
    files: () => ({ name: new Uint8Array(1) }),
  },
  ...Object.entries({
    "out of its folder": "../../etc/cron.d/name",
    "at the root of the machine": "/etc/passwd",
    "by a path of Windows": "..\\..\\name",
    "by a name with characters that act on terminals": "\u001b[2Jname",
    "by a path without end": "a/".repeat(4_000),
    "as a tar that is none": "name.tar",
    "as a compressed tar": "name.tar.gz",
  }).map(
    ([how, path]): Attack => ({
      name: `comes with a file ${how}`,
      bytes: text(""),
      files: () => ({ [path]: new Uint8Array(1_000) }),
      refused: refusal("bad-files"),
    }),
  ),
];
