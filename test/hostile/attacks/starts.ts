/** Attacks on the host's time by what it makes for every cell that it starts, again and again. */

import { guest, many } from "../../guests/hostile-text.ts";
import { coreModule, startBombs, unfolded } from "../../guests/start-bombs.ts";
import { type Attack, calling, harmless, refusal, refusing } from "../attack.ts";

/** What a start may spend by default, wherever it is: in a process it may spend more, and only time counts. */
const usual = { limits: { fuel: 3e9 } };

/** A tenth of a second or so to start, beside what the guest itself does. */
const heavy = `(component $Heavy
    (core module $H ${many(3_000, (i) => `(func (export "f${i}"))`).join("")})
    (core instance (instantiate $H)))
  ${"(instance (instantiate $Heavy))".repeat(30)}`;

export const starts: readonly Attack[] = [
  ...startBombs.map(({ name, bytes, refused }): Attack => {
    const one = refused
      ? refusing(name, bytes, refused === "out-of-fuel" ? "trial-failed" : refused)
      : calling(name, bytes, harmless());
    return { ...one, unpaid: "starting a cell", settings: usual };
  }),
  {
    ...calling(
      "a trap for every call, of a cell that is dear to start",
      guest('(func (export "go") unreachable)', { go: "" }, { before: heavy }),
      refusal(["trap", "backing-off", "fuel-rate"]),
    ),
    unpaid: "starting a cell",
    settings: usual,
  },
  {
    ...calling(
      "a call that its cell can't be reset after, of one that is dear to start",
      guest(
        '(table $t 1 funcref) (func (export "go") (table.set $t (i32.const 0) (ref.null func)))',
        { go: "" },
        { before: heavy },
      ),
      harmless(),
    ),
    unpaid: "starting a cell",
    settings: { limits: { fuel: 3e9, fuelPerSecond: 6e9 } },
  },
  {
    ...calling(
      "50 nested instances of 9,000 exports of one function",
      () => unfolded([coreModule({ exports: 9_000 })], [{ module: 0, times: 1 }], 50),
      harmless(),
    ),
    settings: usual,
  },
];
