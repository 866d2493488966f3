/** Plugins that use the functions and objects of an embedder's own against the host. */
import { givenMemory, text } from "../../guests/hostile-text.ts";
import { type Attack, type AttackCall, calling, outOfFuel, refusal } from "../attack.ts";

const imports = `(import "hostile:embedder/work" (instance $work
  (export "thing" (type $t (sub resource)))
  (export "[constructor]thing" (func (result (own $t))))
  (export "[method]thing.touch" (func (param "self" (borrow $t))))
  (export "take" (func (param "bytes" (list u8)) (result u32)))
  (export "give" (func (param "bytes" u32) (result (list u8))))
  (export "soon" (func))
  (export "never" (func))
  (export "things" (func (param "count" u32) (result (list (own $t)))))))
  (alias export $work "thing" (type $thing))`;

const functions: Readonly<Record<string, readonly [member: string, core: string]>> = {
  make: ["[constructor]thing", "(result i32)"],
  touch: ["[method]thing.touch", "(param i32)"],
  take: ["take", "(param i32 i32) (result i32)"],
  give: ["give", "(param i32 i32)"],
  soon: ["soon", ""],
  never: ["never", ""],
  things: ["things", "(param i32 i32)"],
};

/** `go` does `body`; whatever the host gives lies at 3 MiB, again and again. */
const calls = (
  name: string,
  body: string,
  outcome: AttackCall["outcome"],
  limits: Record<string, number> = {},
): Attack => ({
  ...calling(
    name,
    text(`${imports}
      ${givenMemory(80, 3_145_728)}
      ${Object.entries(functions)
        .map(
          ([id, [member]]) =>
            `(core func $${id} (canon lower (func $work "${member}") (memory $memory) (realloc $realloc)))`,
        )
        .join(" ")}
      (core func $drop (canon resource.drop $thing))
      (core module $M (import "env" "memory" (memory 80)) (import "env" "drop" (func $drop (param i32)))
        ${Object.entries(functions)
          .map(([id, [, core]]) => `(import "env" "${id}" (func $${id} ${core}))`)
          .join(" ")}
        (func (export "go") (local $h i32) ${body}))
      (core instance $m (instantiate $M (with "env" (instance (export "memory" (memory $memory)) (export "drop" (func $drop))
        ${Object.keys(functions)
          .map((id) => `(export "${id}" (func $${id}))`)
          .join(" ")}))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  imports,
  settings: { grants: { embedder: true }, limits },
});

const forever = (name: string, body: string, withMoreFuel?: AttackCall["outcome"]): Attack =>
  calls(name, `(loop ${body} (br 0))`, withMoreFuel ? { ...outOfFuel, withMoreFuel } : outOfFuel);

/** Bytes of one value: almost as many as may cross to a process. */
const bytes = 2 ** 20 - 1024;

export const embedded: Attack[] = [
  forever(
    "passes an embedder's function a megabyte for ever",
    `(drop (call $take (i32.const 0) (i32.const ${bytes})))`,
    refusal("result-too-large"),
  ),
  forever(
    "has an embedder's function give it 10 kB for ever",
    "(call $give (i32.const 10000) (i32.const 64))",
  ),
  forever("waits for an embedder's function for ever, each time for nothing", "(call $soon)"),
  calls("waits for an embedder's function that never answers", "(call $never)", refusal("timeout"), {
    time: 100,
  }),
  forever("makes and drops an embedder's objects for ever", "(call $drop (call $make))"),
  forever(
    "calls a method of an embedder's object for ever",
    "(call $touch (local.tee $h (call $make)))",
    refusal("trap"),
  ),
  calls(
    "is given more of an embedder's objects than a cell may have",
    "(call $things (i32.const 10001) (i32.const 64))",
    refusal(["trap", "out-of-fuel"]),
  ),
  calls(
    "has an embedder's objects in hundreds, keeps them, and ends",
    "(call $things (i32.const 500) (i32.const 64)) unreachable",
    refusal(["trap", "out-of-fuel"]),
  ),
  calls(
    "uses an embedder's object that it has dropped",
    "(call $drop (local.tee $h (call $make))) (call $touch (local.get $h))",
    refusal("trap", /unknown handle/),
  ),
  calls(
    "drops an embedder's object twice",
    "(call $drop (local.tee $h (call $make))) (call $drop (local.get $h))",
    refusal("trap", /unknown handle/),
  ),
  calls(
    "forges handles of an embedder's objects",
    "(call $touch (i32.const 7))",
    refusal("trap", /unknown handle/),
  ),
];
