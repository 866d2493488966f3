/** Attacks on the host's time: each would hold the thread for ever, or far longer than anybody waits. */

import { guest, importing, many, text } from "../../guests/hostile-text.ts";
import { runaways } from "../../guests/runaways.ts";
import { type Attack, calling, outOfFuel, refusal, refusing } from "../attack.ts";

const spin = "(loop (br 0))";
/** What a component is refused with that does not start: why. */
const spent = /"reason":"out-of-fuel"/;
const deepOrLong = refusal(["out-of-fuel", "trap"]);
/** What a guest comes to that fills a memory which does not grow any more. */
const orOutOfMemory = { ...outOfFuel, withMoreFuel: refusal("trap", /out of bounds/) };

/** Every way of a core module to run away, in a component. */
const inCoreModules: readonly Attack[] = runaways.map(({ name, text: module, start, deep }) => {
  const bytes = text(`${module.replace("(module", "(core module $M")} (core instance $m (instantiate $M))
    ${start ? "" : '(func (export "go") (canon lift (core func $m "run")))'}`);
  return start
    ? refusing(`start: ${name}`, bytes, "trial-failed", spent)
    : calling(name, bytes, deep ? deepOrLong : orOutOfMemory);
});

/** Components that give each other a list of `count` tuples, again and again; the receiver keeps it at one place. */
const passing = (count: number) =>
  text(`
    (component $Taker
      (core module $M (memory (export "memory") 16)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "take") (param i32 i32)))
      (core instance $m (instantiate $M))
      (alias core export $m "memory" (core memory $memory))
      (alias core export $m "realloc" (core func $realloc))
      (func (export "take") (param "list" (list (tuple u8 u8)))
        (canon lift (core func $m "take") (memory $memory) (realloc $realloc))))
    (instance $taker (instantiate $Taker))
    (core module $Memory (memory (export "memory") 16)) (core instance $shared (instantiate $Memory))
    (alias core export $shared "memory" (core memory $memory))
    (core func $take (canon lower (func $taker "take") (memory $memory)))
    (core module $M (import "env" "take" (func $take (param i32 i32)))
      (func (export "go") (loop (call $take (i32.const 16) (i32.const ${count})) (br 0))))
    (core instance $m (instantiate $M (with "env" (instance (export "take" (func $take))))))
    (func (export "go") (canon lift (core func $m "go")))`);

const destructor = (body: string) =>
  guest(
    '(func (export "go") (call $drop (call $new (i32.const 1))))',
    { go: "" },
    {
      before: `(core module $D (func (export "end") (param i32) ${body}))
        (core instance $d (instantiate $D))
        (type $thing (resource (rep i32) (dtor (core func $d "end"))))
        (core func $new (canon resource.new $thing))
        (core func $drop (canon resource.drop $thing))`,
      ...importing({ new: "(param i32) (result i32)", drop: "(param i32)" }),
    },
  );

/** The first 64 KiB are lists of 4,096 elements that all begin at 0. */
const selfContaining = `(func (export "go") (result i32) (local $i i32)
  (loop $fill
    (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 0))
    (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const 4096))
    (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
  (i32.const 0))`;

const lifecycle = (name: "init" | "health", core: string) => {
  const type =
    name === "init"
      ? '(param "config" (list (tuple string string))) (result (result (error string)))'
      : "(result (result (error string)))";
  return text(`
    (core module $M (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      ${core} (func (export "go")))
    (core instance $m (instantiate $M))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (func $f ${type} (canon lift (core func $m "${name}") (memory $memory) (realloc $realloc)))
    (instance $i (export "${name}" (func $f)))
    (export "hotcell:plugin/lifecycle@0.1.0" (instance $i))
    (func (export "go") (canon lift (core func $m "go")))`);
};

/** Components that each call the next one twice. */
const siblings = (count: number) => {
  const link = (i: number) => `
    (component $C${i} (import "next" (func $next))
      (core func $next' (canon lower (func $next)))
      (core module $M (import "env" "next" (func $next)) (func (export "go") (call $next) (call $next)))
      (core instance $m (instantiate $M (with "env" (instance (export "next" (func $next'))))))
      (func (export "go") (canon lift (core func $m "go"))))
    (instance $c${i} (instantiate $C${i} (with "next" (func ${i === 0 ? '$last "go"' : `$c${i - 1} "go"`}))))`;
  return text(`
    (component $Last (core module $M (func (export "go"))) (core instance $m (instantiate $M))
      (func (export "go") (canon lift (core func $m "go"))))
    (instance $last (instantiate $Last))
    ${many(count, link).join("\n")}
    (export "go" (func $c${count - 1} "go"))`);
};

export const cpu: readonly Attack[] = [
  ...inCoreModules,
  calling(
    "post-return that loops",
    guest(
      `(func (export "go") (result i32) (i32.const 1)) (func (export "post") (param i32) ${spin})`,
      { go: "(result u32)" },
      { options: '(post-return (core func $m "post"))' },
    ),
    outOfFuel,
  ),
  calling(
    "realloc that loops",
    guest(
      '(func (export "go") (param i32 i32))',
      { go: '(param "s" string)' },
      {
        realloc: `(func (export "realloc") (param i32 i32 i32 i32) (result i32) ${spin} (i32.const 0))`,
      },
    ),
    outOfFuel,
    ["x"],
  ),
  calling(
    "realloc that recurses without end",
    guest(
      '(func (export "go") (param i32 i32))',
      { go: '(param "s" string)' },
      {
        realloc: `(func $r (export "realloc") (param i32 i32 i32 i32) (result i32)
          (call $r (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`,
      },
    ),
    deepOrLong,
    ["x"],
  ),
  calling("destructor that loops", destructor(spin), outOfFuel),
  calling("destructor that recurses without end", destructor("(call 0 (i32.const 1))"), deepOrLong),
  calling(
    "lists of lists of lists that all lie in the same 32 KiB",
    guest(selfContaining, { go: "(result (list (list (list u8))))" }),
    { ...outOfFuel, withMoreFuel: refusal("result-too-large") },
  ),
  calling(
    "lists of strings that all lie in the same 32 KiB",
    guest(selfContaining, { go: "(result (list (list string)))" }),
    { ...outOfFuel, withMoreFuel: refusal("result-too-large") },
  ),
  {
    name: "init that loops",
    bytes: lifecycle("init", `(func (export "init") (param i32 i32) (result i32) ${spin} (i32.const 0))`),
    refused: refusal("trial-failed", spent),
  },
  {
    name: "health that loops",
    bytes: lifecycle("health", `(func (export "health") (result i32) ${spin} (i32.const 0))`),
    refused: refusal(["out-of-fuel", "unhealthy"]),
  },
  calling("40 components, each calling the next one twice", siblings(40), outOfFuel),
  calling("a component that passes another one the same nothing for ever", passing(0), outOfFuel),
  calling(
    "a component that passes another one the same 200,000 pairs for ever",
    passing(200_000),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "handles without end",
    guest(
      `(func (export "go") (loop (drop (call $new (i32.const 1))) (br 0)))`,
      { go: "" },
      {
        before: `(type $thing (resource (rep i32))) (core func $new (canon resource.new $thing))`,
        ...importing({ new: "(param i32) (result i32)" }),
      },
    ),
    // More than 100,000 are not kept, whatever fuel there is.
    refusal(["out-of-fuel", "trap"], /units of fuel|100000 handles/),
  ),
  calling(
    "a handle made and dropped without end",
    guest(
      `(func (export "go") (loop (call $drop (call $new (i32.const 1))) (br 0)))`,
      { go: "" },
      {
        before: `(type $thing (resource (rep i32))) (core func $new (canon resource.new $thing))
          (core func $drop (canon resource.drop $thing))`,
        ...importing({ new: "(param i32) (result i32)", drop: "(param i32)" }),
      },
    ),
    outOfFuel,
  ),
  {
    name: "start function that recurses without end",
    bytes: text(`(core module $M (func $f (call $f)) (start $f)) (core instance $m (instantiate $M))`),
    refused: refusal(["out-of-fuel", "trial-failed"]),
  },
  {
    name: "900 start functions that each use most of the fuel for a start",
    bytes: text(`(core module $M (func $f (local i32)
        (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 600000)))))
        (start $f)) ${"(core instance (instantiate $M))".repeat(900)}`),
    refused: { ...refusal("trial-failed", spent), withMoreFuel: "either" },
  },
];
