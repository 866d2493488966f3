/** Plugins that take as much as their owner allows, and then more. */

import { guest, importing, many, returning, text } from "../../guests/hostile-text.ts";
import {
  type Attack,
  type AttackCall,
  calling,
  harmless,
  type Refusal,
  refusal,
  type Settings,
} from "../attack.ts";

type Limits = NonNullable<Settings["limits"]>;

/** An upload that is more than its owner allows. */
const beyond = (name: string, limits: Limits, bytes: Attack["bytes"], refused: Refusal): Attack => ({
  name,
  bytes,
  settings: { limits },
  refused,
});

const within = (limits: Limits, attack: Attack): Attack => ({ ...attack, settings: { limits } });
const tooMuch = refusal("component-limit");

const nothing = '(core module $M (func (export "f"))) (core instance $m (instantiate $M))';
const again = (times: number, call: AttackCall): AttackCall[] => many(times, () => call);

export const limits: readonly Attack[] = [
  beyond(
    "more memory to begin with",
    { memory: 65_536 },
    text("(core module $M (memory 2)) (core instance (instantiate $M))"),
    tooMuch,
  ),
  beyond(
    "a little memory in each of several modules",
    { memory: 3 * 65_536 },
    text(
      "(core module $M (memory 1)) (core instance (instantiate $M))".repeat(1) +
        "(core instance (instantiate $M))".repeat(4),
    ),
    refusal(["component-limit", "no-capacity", "trial-failed"]),
  ),
  within(
    { memory: 2 * 65_536 },
    calling(
      "memory grown beyond what there may be does not grow",
      guest(
        `(func (export "go") (result i32)
        (drop (memory.grow (i32.const 1))) (memory.grow (i32.const 1)))`,
        { go: "(result s32)" },
      ),
      harmless(-1),
    ),
  ),
  beyond(
    "more table elements",
    { tableElements: 10 },
    text("(core module $M (table 11 funcref)) (core instance (instantiate $M))"),
    tooMuch,
  ),
  beyond(
    "a larger component",
    { componentBytes: 50 },
    text(nothing),
    refusal(["component-limit", "too-large"]),
  ),
  beyond("more core modules", { coreModules: 1 }, text("(core module) (core module)"), tooMuch),
  beyond("more instances", { instances: 1 }, text(`${nothing} (core instance (instantiate $M))`), tooMuch),
  beyond(
    "more exports",
    { exports: 2 },
    text(`${nothing} (func $f (canon lift (core func $m "f")))
      (export "a" (func $f)) (export "b" (func $f)) (export "c" (func $f))`),
    tooMuch,
  ),
  beyond(
    "types nested deeper",
    { typeNesting: 3 },
    text(
      `(type $a (list u8)) ${many(5, (i) => `(type $t${i} (list ${i === 0 ? "$a" : `$t${i - 1}`}))`).join(" ")}`,
    ),
    tooMuch,
  ),
  within(
    { resultBytes: 1000 },
    calling(
      "a longer result",
      guest(returning([1024, 1001]), { go: "(result string)" }),
      refusal("result-too-large"),
    ),
  ),
  within(
    { resultBytes: 1000 },
    calling(
      "a result that is long only when all its parts are taken together",
      guest(returning([24, 4, 1024, 300, 1024, 300, 1024, 300, 1024, 300]), { go: "(result (list string))" }),
      refusal("result-too-large"),
    ),
  ),
  within(
    { resultBytes: 1000 },
    {
      name: "a longer error",
      bytes: guest(returning([1, 1024, 60_000]), { go: "(result (result (error string)))" }),
      calls: [{ call: "go", outcome: refusal("result-too-large") }],
    },
  ),
  within(
    { argumentBytes: 100 },
    {
      name: "longer arguments",
      bytes: guest('(func (export "go") (param i32 i32))', { go: '(param "s" string)' }),
      calls: [
        { call: "go", args: ["a".repeat(50)], outcome: harmless() },
        { call: "go", args: ["a".repeat(100)], outcome: refusal("argument-too-large") },
      ],
    },
  ),
  within(
    { fuelPerSecond: 10_000 },
    {
      name: "many calls that each run out of fuel",
      bytes: guest('(func (export "go") (loop (br 0)))'),
      calls: again(5, { call: "go", outcome: refusal(["out-of-fuel", "fuel-rate"]) }),
    },
  ),
  within(
    { fuel: 100_000_000, fuelPerSecond: 100_000_000 },
    calling(
      "handles, more than a cell may hold",
      guest(
        `(func (export "go") (loop (drop (call $new (i32.const 1))) (br 0)))`,
        { go: "" },
        {
          before: "(type $thing (resource (rep i32))) (core func $new (canon resource.new $thing))",
          ...importing({ new: "(param i32) (result i32)" }),
        },
      ),
      refusal(["trap", "fuel-rate"], /100000 handles|fuel/),
    ),
  ),
];
