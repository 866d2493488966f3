/** Measures the stages of a deployment. */
export class Stages {
  readonly #timings: Record<string, number> = {};

  /** Milliseconds by stage, in order, to a microsecond. */
  get timings(): Readonly<Record<string, number>> {
    return { ...this.#timings };
  }

  time<T>(stage: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#note(stage, start);
    return result;
  }

  async timeAsync<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#note(stage, start);
    return result;
  }

  #note(stage: string, start: number): void {
    this.#timings[stage] = Math.round((performance.now() - start) * 1000) / 1000;
  }
}
