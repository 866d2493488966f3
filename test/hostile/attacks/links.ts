/** Plugins that use another one, or are used by it, against the host: what is linked is `hostile:callee/work`. */
import { givenMemory, text } from "../../guests/hostile-text.ts";
import { logImports } from "../../guests/log-imports.ts";
import { type Attack, type AttackCall, type Callee, calling, outOfFuel, refusal } from "../attack.ts";

/** What so little fuel as tests give is enough for, on both sides. */
const bytes = 100_000;

/** Functions of the callee: type, core type where it is called, and core code where it is. */
const work: Readonly<Record<string, readonly [type: string, lowered: string, code: string]>> = {
  nothing: ["", "", `(func (export "nothing"))`],
  take: [`(param "bytes" (list u8))`, "(param i32 i32)", `(func (export "take") (param i32 i32))`],
  give: [
    `(param "bytes" u32) (result (list u8))`,
    "(param i32 i32)",
    `(func (export "give") (param i32) (result i32)
      (i32.store (i32.const 12) (local.get 0)) (i32.const 8))`,
  ],
  texts: [
    `(param "count" u32) (result (list string))`,
    "(param i32 i32)",
    `(func (export "texts") (param i32) (result i32)
      (i32.store (i32.const 8) (i32.const 65536)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))`,
  ],
  lie: [
    "(result (list u8))",
    "(param i32)",
    `(func (export "lie") (result i32) (i32.store (i32.const 12) (i32.const -1)) (i32.const 8))`,
  ],
  spin: ["", "", `(func (export "spin") (loop (br 0)))`],
  fail: ["", "", `(func (export "fail") unreachable)`],
  shout: [
    "",
    "",
    `(func (export "shout") (loop
      (call $log (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 10000)) (br 0)))`,
  ],
};

const functions = Object.entries(work);

/** All that it gives lies at 0 to 2 MiB of its memory, where nothing is written but what a function says. */
const callee: Callee = {
  bytes: text(`${logImports()}
    (core module $M (import "env" "log" (func $log (param i32 i32 i32 i32 i32)))
      (memory (export "memory") 64)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2097152))
      ${functions.map(([, [, , code]]) => code).join(" ")})
    (core instance $i (instantiate $M (with "env" (instance (export "log" (func $lowered))))))
    ${functions
      .map(
        ([name, [type]]) =>
          `(func $${name} ${type} (canon lift (core func $i "${name}") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))`,
      )
      .join("\n")}
    (instance $work ${functions.map(([name]) => `(export "${name}" (func $${name}))`).join(" ")})
    (export "hostile:callee/work" (instance $work))`),
};

const imports = `(import "hostile:callee/work" (instance $callee
  ${functions.map(([name, [type]]) => `(export "${name}" (func ${type}))`).join(" ")}))`;

/** `go` does `body`; whatever it is given lies at 2 MiB, again and again. */
const linking = (name: string, body: string, outcome: AttackCall["outcome"]): Attack => ({
  ...calling(
    name,
    text(`${imports}
      ${givenMemory(64, 2_097_152)}
      ${functions
        .map(
          ([each]) =>
            `(core func $${each} (canon lower (func $callee "${each}") (memory $memory) (realloc $realloc)))`,
        )
        .join("\n")}
      (core module $M
        ${functions.map(([each, [, lowered]]) => `(import "env" "${each}" (func $${each} ${lowered}))`).join(" ")}
        (func (export "go") ${body}))
      (core instance $m (instantiate $M (with "env" (instance
        ${functions.map(([each]) => `(export "${each}" (func $${each}))`).join(" ")}))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  imports,
  callee,
});

const forever = (name: string, call: string) => linking(name, `(loop ${call} (br 0))`, outOfFuel);

/** The callee's end, which is no more than that to the caller. By the clock it may be the caller's own. */
const failing = (reason: string) => ({
  ...refusal("link-failed", new RegExp(`"reason":"${reason}"`)),
  withMoreFuel: refusal(["link-failed", "timeout"]),
});

const resource = `(import "hostile:callee/work" (instance $callee
  (export "thing" (type $thing (sub resource))) (export "pass" (func (param "thing" (own $thing))))))
  (alias export $callee "pass" (func $pass)) (core func (canon lower (func $pass)))`;

export const links: Attack[] = [
  forever("calls another plugin for ever", "(call $nothing)"),
  linking(
    "passes long lists to another plugin for ever",
    `(loop (call $take (i32.const 0) (i32.const ${bytes})) (br 0))`,
    { ...outOfFuel, withMoreFuel: refusal("result-too-large") },
  ),
  forever(
    "has another plugin give it long lists for ever",
    `(call $give (i32.const ${bytes}) (i32.const 64))`,
  ),
  forever(
    "has another plugin give it many empty texts for ever",
    "(call $texts (i32.const 1000) (i32.const 64))",
  ),
  linking("waits for a plugin that loops", "(call $spin)", failing("out-of-fuel")),
  linking("waits for a plugin that floods its log", "(call $shout)", failing("out-of-fuel")),
  linking("calls a plugin that traps", "(call $fail)", failing("trap")),
  linking(
    "is given a list that the other plugin does not have",
    "(call $lie (i32.const 64))",
    failing("trap"),
  ),
  {
    name: "passes a handle of its own to another plugin",
    bytes: text(resource),
    callee,
    refused: refusal("bad-link", /resource.*can't leave its plugin/),
  },
  {
    ...linking("calls itself by another plugin", "(call $nothing)", refusal("bad-link")),
    callee: { ...callee, linkedBack: true },
    refused: refusal("bad-link", /"reason":"circle"/),
  },
];
