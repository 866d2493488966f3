import { HotcellError, orRaise } from "../../errors.ts";
import type { Growth } from "../../harden/growth-word.ts";
import { trap } from "../abi-trap.ts";
import { type CallContext, isWanted } from "../call-context.ts";
import type { CallBudget, CellOptions } from "../engine.ts";
import { placeText, type Trapped } from "../trap.ts";
import { Fuel } from "./tank.ts";

/** So many units are owed before they are taken out of the tank, which costs as much as most of what they are for. */
const credit = 2_000;

/**
 * All cells draw on one tank, because one of their own would be a quarter of what a cell costs to make: of the calls
 * under way only the innermost runs. A call that is suspended takes what it has left out of the tank with it.
 */
const tank = new Fuel(
  (growth) => innermost.meter?.grew(growth),
  () => innermost.meter?.goesOn() ?? true,
);
/**
 * Meter whose call is the innermost; or, where that one has returned from its guest and does not know it yet, was. In an
 * object, because V8 takes four nanoseconds a call longer for a variable of the module.
 */
const innermost: { meter: Meter | undefined } = { meter: undefined };

/** Units that a guest may spend between a growth that it is refused and its end for that: it may want to say why first. */
const lastWords = 1_000_000;

/** Units that making a cell takes, and how many of them its start may spend beside its budget. */
interface StartFuel {
  readonly units: number;
  readonly free: number;
}

const nothing: StartFuel = { units: 0, free: 0 };

/** Imports that every core module has besides its own. */
export const fuelImports: WebAssembly.Imports = tank.imports;

/**
 * Meter of what a cell may spend, from one call to the next: in its core modules, and on what the host does for them. A
 * few bytes of lists that all point at each other, or a loop that asks for random numbers, otherwise cost minutes.
 */
export class Meter {
  #budget: number;
  /** Units that the next call may spend. */
  #next: number;
  /** Units that it is charged for besides. */
  #carried: number;
  #resultBytes: number;
  readonly #counted: boolean;
  readonly #codeBytes: number;
  readonly #embedded: boolean;
  readonly #endsWhenLeft: boolean;
  /** Whom the call is made for; forgotten when it ends. */
  context: CallContext | undefined;
  #unwanted = false;
  #used = 0;
  /** Units left to this call while one that it made (of another cell) is the innermost. */
  #left = 0;
  #caller: Meter | undefined;
  /** Bytes that the call may still lift. */
  #liftable = 0;
  /** Units not yet taken out of the tank. */
  #owed = 0;
  /** The call's last growth, and the units that were left then. */
  #growth: Growth | undefined;
  #leftThen = 0;
  /** Units left when the guest was stopped, once it was. */
  #leftWhenStopped: number | undefined;

  /** Begins with a start, which pays for what is made: no more than it has. */
  constructor(
    { fuel, resultBytes, counted = true, embedded = false, endsWhenLeft = false }: CellOptions,
    { units, free }: StartFuel = nothing,
    codeBytes = 0,
  ) {
    this.#codeBytes = codeBytes;
    this.#embedded = embedded;
    this.#endsWhenLeft = endsWhenLeft;
    this.#budget = fuel;
    this.#next = fuel + free - units;
    this.#carried = units;
    this.#counted = counted;
    this.#resultBytes = this.#liftable = resultBytes;
  }

  /** Sets what calls may spend, from the next one on. To be told between calls. */
  allow({ fuel, resultBytes }: CallBudget): void {
    this.#budget = this.#next = fuel;
    this.#carried = 0;
    this.#resultBytes = resultBytes;
  }

  /** Lets the next call spend no more than that. */
  atMost(fuel: number): void {
    this.#next = Math.min(this.#next, fuel);
  }

  /** Units that the last call used; 0 where calls are not counted. */
  get used(): number {
    return this.#used;
  }

  /** A call begins. */
  begin(): void {
    if (innermost.meter !== undefined) this.#suspendCaller(innermost.meter);
    innermost.meter = this;
    this.#liftable = this.#resultBytes;
    this.#owed = 0;
    this.#growth = this.#leftWhenStopped = undefined;
    this.#unwanted = false;
    tank.expect(this.#codeBytes, this.#embedded);
    if (this.#counted) tank.set(this.#next);
    else tank.allow(this.#next);
  }

  /** Once for every `begin`. */
  end(): void {
    if (this.#counted)
      this.#used = this.#carried + this.#next - (this.#leftWhenStopped ?? tank.get()) + this.#owed;
    this.#next = this.#budget;
    this.#carried = 0;
    this.context = undefined;
    this.#giveBack();
  }

  /** The next call goes on spending what the last one, or the start, has left. Only where calls are counted. */
  carryOver(free: number): void {
    this.#carried = this.#used;
    this.#next = Math.max(0, this.#budget - Math.max(0, this.#used - free));
  }

  /**
   * The call is suspended, or comes to its end only in another turn of the event loop: others run meanwhile. Once or
   * twice for every `resume`.
   */
  sleep(): void {
    if (innermost.meter !== this) return;
    this.#left = tank.get();
    this.#giveBack();
  }

  /**
   * It goes on, if it does not run already. Only where nothing else runs: in a turn of the event loop of its own. So
   * if there is another innermost call, that one's guest has returned, and it resumes in a later turn.
   */
  resume(): void {
    if (innermost.meter === this) return;
    if (innermost.meter !== undefined) innermost.meter.#left = tank.get();
    innermost.meter = this;
    this.#goOn();
  }

  #suspendCaller(caller: Meter): void {
    caller.#left = tank.get();
    this.#caller = caller;
  }

  /** The tank is the caller's again, if there is one. */
  #giveBack(): void {
    const caller = this.#caller;
    innermost.meter = caller;
    if (caller === undefined) return;
    this.#caller = undefined;
    caller.#goOn();
  }

  #goOn(): void {
    tank.expect(this.#codeBytes, this.#embedded);
    tank.resume(this.#left);
  }

  /** Traps when so many bytes are more than may be lifted, or lifting them costs more than may be spent. */
  lift(bytes: number, units: number): void {
    this.#liftable -= bytes;
    if (this.#liftable < 0) this.#refuse();
    this.pay(units);
  }

  /** Bytes that were lifted, and go no further than the call. */
  passOn(bytes: number): void {
    this.#liftable += bytes;
  }

  /** Pays for what the host is about to do. Traps, uncatchably for guests, when that costs more than may be spent. */
  pay(units: number): void {
    this.#owed += units;
    if (this.#owed > credit) this.#settle();
  }

  /**
   * Pays for what the host does while the call waits for it. False where that is more than it has left: the guest traps as it goes on,
   * and nothing more need be done for it.
   */
  owe(units: number): boolean {
    if (innermost.meter === this) {
      this.pay(units);
      return true;
    }
    this.#left -= units;
    return this.#left >= 0;
  }

  /** The guest has asked for growth. */
  grew(growth: Growth): void {
    this.#growth = growth;
    this.#leftThen = tank.get();
  }

  /** Growth that the call had last, or was to have; to be compared with an earlier one. */
  get growth(): Growth | undefined {
    return this.#growth;
  }

  /** The call's last growth, where it was refused and the guest has not gone on for long since; to be asked before `end`. */
  get refusal(): Growth | undefined {
    const recent = this.#growth?.refused && this.#leftThen - tank.get() <= lastWords;
    return recent ? this.#growth : undefined;
  }

  /** No guest code runs from here on. */
  stop(): void {
    this.#leftWhenStopped ??= tank.get();
    tank.set(-1);
  }

  /** Says whether the call may spend another slice: not where nobody wants it any more. */
  goesOn(): boolean {
    if (this.context === undefined || isWanted(this.context, this.#endsWhenLeft)) return true;
    this.#unwanted = true;
    this.stop();
    return false;
  }

  /** True once it was stopped because nobody wanted it any more. */
  get unwanted(): boolean {
    return this.#unwanted;
  }

  /** True for a trap that was for want of fuel; to be asked before `end`. */
  get spent(): boolean {
    return tank.spent;
  }

  /** True for a trap that was for want of bytes that may be lifted. */
  get overflowed(): boolean {
    return this.#liftable < 0;
  }

  #settle(): void {
    const units = this.#owed;
    this.#owed = 0;
    tank.charge(units);
  }

  #refuse(): never {
    trap(`it passes on more than ${this.#resultBytes} bytes`);
  }

  tooLarge({ plugin = "the plugin", subject }: Trapped): HotcellError {
    const actual = this.#resultBytes - this.#liftable;
    return new HotcellError(
      "result-too-large",
      `What "${subject}" passes out of ${plugin} is larger than the ${this.#resultBytes} bytes that a call may pass.`,
      {
        subject,
        setting: "limits.resultBytes",
        limit: this.#resultBytes,
        actual: `at least ${actual}`,
        ...orRaise("Ask for less in one call", ["resultBytes"]),
      },
    );
  }

  exhausted({ plugin = "The plugin", subject, doing, place, scrubber }: Trapped): HotcellError {
    const last = place ? `, last in ${scrubber.scrub(placeText(place))}` : "";
    return new HotcellError(
      "out-of-fuel",
      `${plugin} spent all ${this.#budget} units of fuel that it had ${doing}${last}.`,
      {
        subject,
        setting: "limits.fuel",
        limit: this.#budget,
        actual: `more than ${this.#budget}`,
        ...orRaise("Ask less of it in one call", ["fuel"]),
      },
    );
  }
}
