/** What an attack is: a component that a stranger uploads, and what must come of it. */
import type { ErrorCode } from "../../host/errors.ts";

export interface Attack {
  /** What is attacked, and how. */
  readonly name: string;
  /** Made when it is needed: some are large. */
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  /** What it imports, as text of a component around it: then its code is run as a start function and in `init` too. */
  readonly imports?: string;
  /** The kind of work that nobody paid for once: then it is a row of `bench -- harden`. */
  readonly unpaid?: Unpaid;
  /** Merged into the settings that every attack is uploaded with (see `run.ts`). */
  readonly settings?: Settings;
  /** Files that come with the upload, by the names that their parts have. */
  readonly files?: () => Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Another plugin, deployed before, to which its import `hostile:callee/work` is linked. */
  readonly callee?: Callee;
  /** How the upload is refused; absent: it is deployed. */
  readonly refused?: Refusal;
  /** Calls of what was deployed, in order and then once more; what each comes to does not depend on those before. */
  readonly calls?: readonly AttackCall[];
}

export type Unpaid =
  | "starting a cell"
  | "exceptions"
  | "host functions"
  | "memory and resets"
  | "JSON"
  | "requests and texts"
  | "descriptions and contracts";

export interface Settings {
  readonly grants?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly engine?: "direct" | "jco";
}

export interface Callee {
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  /** It is linked to the plugin that is attacked. */
  readonly linkedBack?: boolean;
}

export interface AttackCall {
  readonly call: string;
  readonly args?: readonly unknown[];
  /** A refusal, or the value that it returns: then the attack is harmless. */
  readonly outcome: Refusal | Value;
}

export interface Refusal {
  /** Any of these; or any that is no fault of the host's. */
  readonly codes: readonly ErrorCode[] | "any";
  /** What the problem's text says. */
  readonly says?: RegExp;
  /** What it may come to besides, where there is more fuel than the tests give: another limit is met first, or its end. */
  readonly withMoreFuel?: Outcome;
}

export interface Value {
  readonly value: unknown;
}

/** Where it runs is not where its outcome was written for: a value, or any refusal that is no fault. */
export type Outcome = Refusal | Value | "either";

export function refusal(code: ErrorCode | readonly ErrorCode[], says?: RegExp): Refusal {
  const codes = typeof code === "string" ? [code] : code;
  return says === undefined ? { codes } : { codes, says };
}

export const trap = (says?: RegExp): Refusal => refusal("trap", says);
export const outOfFuel: Refusal = refusal("out-of-fuel");
export const harmless = (value?: unknown): Value => ({ value });

/** An attack of one call, of `go`, without arguments unless they are given. */
export function calling(
  name: string,
  bytes: () => Uint8Array<ArrayBuffer>,
  outcome: Refusal | Value,
  args: readonly unknown[] = [],
): Attack {
  return { name, bytes, calls: [{ call: "go", args, outcome }] };
}

/** An attack that the upload's inspection, hardening or trial ends. */
export function refusing(
  name: string,
  bytes: () => Uint8Array<ArrayBuffer>,
  code: ErrorCode | readonly ErrorCode[],
  says?: RegExp,
): Attack {
  return { name, bytes, refused: refusal(code, says) };
}
