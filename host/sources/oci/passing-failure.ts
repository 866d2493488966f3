/** Failures of registries after which the same may go well. */

/** Answer of a registry, of which the body may come yet. */
export interface AnsweredHead {
  readonly status: number;
  /** Value of a field, by its name in small letters. */
  field(name: string): string | undefined;
  /** Nobody wants the body. */
  drop(): void;
}

export class PassingFailure extends Error {
  /** Milliseconds that the registry asks to be left alone for. */
  readonly wait: number | undefined;
  /** It has too much to do, and says so; too slow is another thing. */
  readonly kind: "failed" | "busy" | "slow";

  constructor(what: string, kind: PassingFailure["kind"] = "failed", wait?: number) {
    super(what);
    this.kind = kind;
    this.wait = wait;
  }
}

/** Statuses of what may go well a little later (RFC 9110 and RFC 6585). */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** Test for an answer after which the same request may go well. */
export function passes({ status }: Pick<AnsweredHead, "status">): boolean {
  return passing.has(status);
}

/** Failure that such an answer tells of, with the time that it asks for; nobody wants its body. */
export function passingFailure(answer: AnsweredHead, what: string): PassingFailure {
  const { status } = answer;
  answer.drop();
  return new PassingFailure(what, status === 429 || status === 503 ? "busy" : "failed", retryAfter(answer));
}

/** Milliseconds that `Retry-After` asks for (RFC 9110, section 10.2.3). */
function retryAfter(answer: AnsweredHead): number | undefined {
  const value = answer.field("retry-after");
  if (value === undefined) return undefined;
  const milliseconds = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return milliseconds > 0 ? milliseconds : undefined;
}
