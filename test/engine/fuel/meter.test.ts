import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Meter } from "../../../host/engine/fuel/meter.ts";

/** What lifting so many bytes costs here. */
const cost = (bytes: number) => 40 + 8 * bytes;

/** A call as the model has it: nothing but its own account. */
class Account {
  readonly meter: Meter;
  readonly budget: number;
  left: number;
  constructor(budget: number) {
    this.budget = this.left = budget;
    this.meter = new Meter({ fuel: budget, resultBytes: 1e6 });
  }
}

interface Model {
  /** Calls that run now: each was made by the one before. */
  readonly nested: Account[];
  /** Suspended, or not begun by the stack below. */
  readonly asleep: Account[];
  /** Back from the guest after they were suspended; whoever called them has not been told. */
  readonly returned: Account[];
}

const units = fc.integer({ min: 100_000, max: 1_000_000 });
/** Up to more than is owed before it is taken out of the tank. */
const bytes = fc.nat(400);
const which = fc.nat(100);

class Begin implements fc.Command<Model, undefined> {
  readonly #units: number;
  constructor(units: number) {
    this.#units = units;
  }
  check = () => true;
  run(model: Model): void {
    const account = new Account(this.#units);
    account.meter.begin();
    model.nested.push(account);
  }
  toString = () => `begin(${this.#units})`;
}

class Spend implements fc.Command<Model, undefined> {
  readonly #bytes: number;
  constructor(bytes: number) {
    this.#bytes = bytes;
  }
  check = (model: Readonly<Model>) => model.nested.length > 0;
  run(model: Model): void {
    const running = model.nested.at(-1)!;
    running.meter.lift(this.#bytes, cost(this.#bytes));
    running.left -= cost(this.#bytes);
  }
  toString = () => `spend(${this.#bytes})`;
}

function end(account: Account): void {
  account.meter.end();
  expect(account.meter.used).toBe(account.budget - account.left);
}

class End implements fc.Command<Model, undefined> {
  check = (model: Readonly<Model>) => model.nested.length > 0;
  run(model: Model): void {
    end(model.nested.pop()!);
  }
  toString = () => "end";
}

class Sleep implements fc.Command<Model, undefined> {
  check = (model: Readonly<Model>) => model.nested.length > 0;
  run(model: Model): void {
    const account = model.nested.pop()!;
    account.meter.sleep();
    // The guest's suspension and the return to its caller both put it to sleep.
    account.meter.sleep();
    model.asleep.push(account);
  }
  toString = () => "sleep";
}

/** In a turn of its own: nothing runs. */
class Wake implements fc.Command<Model, undefined> {
  readonly #which: number;
  readonly #bytes: number;
  readonly #again: boolean;
  constructor(which: number, bytes: number, again: boolean) {
    this.#which = which;
    this.#bytes = bytes;
    this.#again = again;
  }
  check = (model: Readonly<Model>) => model.nested.length === 0 && model.asleep.length > 0;
  run(model: Model): void {
    const [account] = model.asleep.splice(this.#which % model.asleep.length, 1);
    account!.meter.resume();
    account!.meter.lift(this.#bytes, cost(this.#bytes));
    account!.left -= cost(this.#bytes);
    if (this.#again) {
      account!.meter.sleep();
      model.asleep.push(account!);
    } else model.returned.push(account!);
  }
  toString = () => `wake(${this.#which}, ${this.#bytes}, ${this.#again})`;
}

/** Whoever called one that has returned is told, in a turn of its own. */
class Tell implements fc.Command<Model, undefined> {
  readonly #which: number;
  readonly #bytes: number;
  constructor(which: number, bytes: number) {
    this.#which = which;
    this.#bytes = bytes;
  }
  check = (model: Readonly<Model>) => model.nested.length === 0 && model.returned.length > 0;
  run(model: Model): void {
    const [account] = model.returned.splice(this.#which % model.returned.length, 1);
    account!.meter.resume();
    account!.meter.lift(this.#bytes, cost(this.#bytes));
    account!.left -= cost(this.#bytes);
    end(account!);
  }
  toString = () => `tell(${this.#which}, ${this.#bytes})`;
}

test("every call is charged for what it did itself, whatever order they sleep, wake and end in", () => {
  const commands = fc.commands(
    [
      units.map((n) => new Begin(n)),
      bytes.map((n) => new Spend(n)),
      fc.constant(new End()),
      fc.constant(new Sleep()),
      fc.constant(new Sleep()),
      fc.tuple(which, bytes, fc.boolean()).map(([n, m, again]) => new Wake(n, m, again)),
      fc.tuple(which, bytes).map(([n, m]) => new Tell(n, m)),
    ],
    { size: "+1" },
  );
  // Time stands still, as what is charged for it (see fuel-time.test.ts) would depend on when garbage is collected.
  using _ = vi.spyOn(performance, "now").mockReturnValue(performance.now());
  fc.assert(
    fc.property(commands, (cmds) => {
      const model: Model = { nested: [], asleep: [], returned: [] };
      fc.modelRun(() => ({ model, real: undefined }), cmds);
      while (model.nested.length > 0) end(model.nested.pop()!);
      for (const account of [...model.asleep, ...model.returned]) {
        account.meter.resume();
        end(account);
      }
    }),
    { numRuns: 2000 },
  );
});
