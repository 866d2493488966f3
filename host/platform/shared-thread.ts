import { setImmediate } from "node:timers";

/** Milliseconds of a turn of the event loop, after which those who come wait for another one. */
const longest = 10;
/**
 * Turns after a long piece of work that are left to those who are quick: a connection has to be accepted, a request read,
 * and its answer written. With nothing to do each takes some microseconds.
 */
const [breaks, breaksPerMillisecond] = [8, 1];
/** Cheap pieces of work in a row, after which nobody looks at the clock. */
const trusted = 16;
/** Pieces of work that are put off to the end of a turn, and milliseconds of it for which they may wait. */
const [mostPutOff, longestPutOff] = [64, 1];
/** Part of a habit that is forgotten with each piece of work that is shorter; a longer one tells at once. */
const forgotten = 1 / 8;

/** Knowledge of how long somebody's pieces of work take. Nobody is quick before the first one was. */
export class Habit {
  /** Milliseconds, of late. */
  #typical: number | undefined;
  /** Cheap pieces in a row. */
  #cheap = 0;

  get quick(): boolean {
    return this.#typical !== undefined && this.#typical < longest;
  }

  /**
   * True where the next piece is to be timed: reading a clock takes as long as a small call. Who is not quick is known by the
   * clock alone, and would stay so for ever after one that the machine was slow with.
   */
  get timed(): boolean {
    return this.#cheap < trusted || !this.quick;
  }

  /** Notes whether the last piece cost so little that it can't have been long: the next are known by it. */
  priced(cheap: boolean): void {
    this.#cheap = cheap ? this.#cheap + 1 : 0;
  }

  note(milliseconds: number): void {
    const typical = this.#typical ?? 0;
    this.#typical = Math.max(milliseconds, typical + (milliseconds - typical) * forgotten);
  }
}

/** Piece of work: large in itself, whoever it is for; or the last of something that was begun. */
export type Piece = "large" | "last" | undefined;

/**
 * Thread that all plugins share. Whoever is called by many at once, or by few with much, would otherwise have one turn of
 * the event loop after all of them: so a turn is over when it has lasted for a while, and those who are known to be quick
 * come first, in turns that others leave to them too; everybody comes once before anybody comes twice.
 */
export class SharedThread {
  readonly #quick = new Lane();
  readonly #last = new Lane();
  readonly #slow = new Lane();
  /** Milliseconds that pieces took since the last look. */
  #used = 0;
  /** Nobody else begins in this turn. */
  #full = false;
  #scheduled = false;
  /** Time at which the pieces of a turn began that had waited. */
  #began = 0;
  /** Turns that are yet left to those who are quick. */
  #breaks = 0;
  #resting = false;
  /** Work that is put off to the end of this turn, and milliseconds that pieces took since the first of it was. */
  #putOff: (() => void)[] = [];
  #putOffFor = 0;
  readonly #endTurn = () => this.doPutOff();

  /**
   * Does something small that throws nothing at the end of this turn, with all of its kind: before anything that may take long,
   * and when there is much of it.
   */
  putOff(work: () => void): void {
    const count = this.#putOff.push(work);
    if (count === 1) {
      this.#putOffFor = 0;
      setImmediate(this.#endTurn);
    } else if (count === mostPutOff) this.doPutOff();
  }

  /** Does now what was put off: what comes next may take long. */
  doPutOff(): void {
    const works = this.#putOff;
    if (works.length === 0) return;
    this.#putOff = [];
    for (const work of works) work();
  }

  /** Undefined where a piece of work may begin at once. `ran` follows it. */
  turn(habit: Habit, piece?: Piece): Promise<void> | undefined {
    const { quick } = habit;
    if (quick && piece === undefined && !this.#full) return undefined;
    const lane = piece === "last" ? this.#last : quick && piece === undefined ? this.#quick : this.#slow;
    this.#schedule();
    return new Promise((begin) => lane.add(habit, begin));
  }

  /** Waits for the thread, for work that may take long: measured by how long the thread is not free again. */
  free(habit: Habit): Promise<void> {
    this.#schedule();
    return new Promise((begin) => this.#slow.add(habit, begin));
  }

  /** Waits for the thread, for a guest that slept: several may be woken in one turn, and nobody knows how long each goes on. */
  wake(habit: Habit): Promise<void> {
    this.#schedule();
    return new Promise((begin) => (habit.quick ? this.#quick : this.#slow).add(habit, begin));
  }

  /** It took so many milliseconds. */
  ran(habit: Habit, milliseconds: number): void {
    habit.note(milliseconds);
    if (milliseconds > longest) this.#rest(milliseconds);
    this.used(milliseconds);
  }

  /** A piece took so many milliseconds of the turn, too few to learn anything of whoever it was for. */
  used(milliseconds: number): void {
    this.#used += milliseconds;
    this.#putOffFor += milliseconds;
    if (this.#putOffFor > longestPutOff) this.doPutOff();
    if (this.#used < longest) return;
    this.#full = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.doPutOff();
    this.#full = this.#scheduled = false;
    this.#used = 0;
    this.#began = performance.now();
    this.#resting = this.#breaks > 0;
    if (this.#resting) this.#breaks--;
    this.#next();
  }

  #next(): void {
    const next = this.#take();
    if (!next) {
      if (this.#last.size + this.#slow.size > 0) this.#schedule();
      return;
    }
    const { habit, begin } = next;
    const began = performance.now();
    begin();
    // When all that it does in this turn is done.
    queueMicrotask(() => process.nextTick(() => this.#after(habit, began)));
  }

  #after(habit: Habit, began: number): void {
    const lasted = performance.now() - began;
    if (lasted > longest) {
      habit.note(lasted);
      this.#rest(lasted);
    }
    if (performance.now() - this.#began < longest) {
      this.#next();
      return;
    }
    this.#full = true;
    this.#schedule();
  }

  #rest(milliseconds: number): void {
    this.#breaks = Math.max(this.#breaks, breaks + Math.ceil(milliseconds * breaksPerMillisecond));
  }

  #take(): Waiting | undefined {
    // Those who are quick may fill every turn: where there is no break, the others come first.
    const other = this.#resting ? undefined : (this.#last.take() ?? this.#slow.take());
    return other ?? this.#takeQuick();
  }

  /** Some of those who wait here may have turned out not to be. */
  #takeQuick(): Waiting | undefined {
    for (;;) {
      const next = this.#quick.take();
      if (!next || next.habit.quick) return next;
      this.#slow.add(next.habit, next.begin);
    }
  }
}

interface Waiting {
  readonly habit: Habit;
  readonly begin: () => void;
}

/** Queue of those who wait: each has a turn before anybody has two. */
class Lane {
  readonly #waiting = new Map<Habit, (() => void)[]>();

  get size(): number {
    return this.#waiting.size;
  }

  add(habit: Habit, begin: () => void): void {
    const queue = this.#waiting.get(habit);
    if (queue) queue.push(begin);
    else this.#waiting.set(habit, [begin]);
  }

  take(): Waiting | undefined {
    const [first] = this.#waiting;
    if (!first) return undefined;
    const [habit, queue] = first;
    const begin = queue.shift()!;
    this.#waiting.delete(habit);
    if (queue.length > 0) this.#waiting.set(habit, queue);
    return { habit, begin };
  }
}
