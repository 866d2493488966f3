/** Attacks on what is searched for secrets: texts and secrets that are made for the search to take long. */

import { shared, text } from "../../guests/hostile-text.ts";
import { type Attack, calling, refusal } from "../attack.ts";

/** Each is looked for at every place of a text of the same letter, and found nowhere. */
const env = Object.fromEntries(
  Array.from({ length: 300 }, (_, i) => [`K${i}`, { secret: `${"a".repeat(60 + (i % 40))}b${i}` }]),
);

const logging = `(import "wasi:logging/logging@0.1.0-draft" (instance $host
  (type $e (enum "trace" "debug" "info" "warn" "error" "critical")) (export "level" (type $level (eq $e)))
  (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))`;

/** `go` does `body`; at 4,096 stand 100,000 letters. */
const logs = (name: string, body: string, outcome: Parameters<typeof calling>[2]): Attack => ({
  ...calling(
    name,
    text(`${shared} ${logging}
      (core func $f (canon lower (func $host "log") (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "memory" (memory 1)) (import "env" "f" (func $f (param i32 i32 i32 i32 i32)))
        (func (export "go")
          (drop (memory.grow (i32.const 3))) (memory.fill (i32.const 4096) (i32.const 97) (i32.const 100000))
          ${body}))
      (core instance $m (instantiate $M (with "env" (instance
        (export "memory" (memory $memory)) (export "f" (func $f))))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  unpaid: "host functions",
  settings: { grants: { logging: true }, env },
});

const log = (bytes: number) =>
  `(call $f (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const ${bytes}))`;

const spent = refusal(["out-of-fuel", "result-too-large"]);

export const secrets: readonly Attack[] = [
  logs("floods a log that is searched for large secrets", `(loop ${log(60_000)} (br 0))`, spent),
  logs("floods it with short lines", `(loop ${log(100)} (br 0))`, spent),
  logs(
    "logs what is searched for secrets, and traps",
    `${log(100_000)} unreachable`,
    refusal(["trap", "out-of-fuel"]),
  ),
];
