/** Figures of the process that the host runs in, looked at when somebody asks. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** Delays of the event loop since the last tick, in seconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Figures of a process; times are seconds, memory is bytes. */
export interface ProcessFigures {
  readonly delay: LoopDelay;
  readonly active: number;
  readonly cpu: number;
  readonly resident: number;
  /** Time at which it began, since 1970. */
  readonly started: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
}

/** Milliseconds between two looks at the event loop: a delay is what one comes too late. */
const resolution = 20;

export class MachineFigures {
  readonly #delays = monitorEventLoopDelay({ resolution });
  #delay: LoopDelay = { p50: 0, p99: 0, max: 0 };

  constructor() {
    this.#delays.enable();
  }

  /** Begins to measure delays anew. */
  tick(): void {
    this.#delay = this.#read();
    this.#delays.reset();
  }

  /** Delays between the two last ticks; before them, since the beginning. */
  get delay(): LoopDelay {
    return this.#delay.max === 0 ? this.#read() : this.#delay;
  }

  /** Seconds that the event loop was busy for since the process began. */
  get active(): number {
    return performance.eventLoopUtilization().active / 1e3;
  }

  figures(): ProcessFigures {
    const { user, system } = process.cpuUsage();
    const { rss: resident, heapUsed, heapTotal, external } = process.memoryUsage();
    const { delay, active } = this;
    const started = performance.timeOrigin / 1e3;
    return { delay, active, cpu: (user + system) / 1e6, resident, started, heapUsed, heapTotal, external };
  }

  close(): void {
    this.#delays.disable();
  }

  #read(): LoopDelay {
    // What Node tells is nanoseconds from one look to the next.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1e3);
    if (this.#delays.count === 0) return { p50: 0, p99: 0, max: 0 };
    return {
      p50: late(this.#delays.percentile(50)),
      p99: late(this.#delays.percentile(99)),
      max: late(this.#delays.max),
    };
  }
}
