/** Counters of one plugin, over all its versions. */
export interface Counters {
  /** Time when they were all 0: they are kept in memory, and begin anew with the host. */
  readonly since: string;
  readonly calls: number;
  readonly guestErrors: number;
  readonly traps: number;
  /** Calls whose callers left before the answer: nobody's fault. */
  readonly cancelled: number;
  readonly inFlight: number;
  /** Units that all calls used together. */
  readonly fuel: number;
  /** Lines of log beyond `limits.logBytes`. */
  readonly droppedLogLines: number;
  /** Header fields of its HTTP answers that the origin does not let through. */
  readonly droppedFields: number;
  /** Calls and uploads that met a limit, by error code. */
  readonly limits: Readonly<Record<string, number>>;
  /** Figures of what it reached by its capabilities, by the capability's name and then the figure's. */
  readonly reach: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
