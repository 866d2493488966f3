/** Secret: a text that its plugin is told, and nobody else; and what becomes of settings that hold some. */
import { inspect, isDeepStrictEqual } from "node:util";

const struck = "[secret]";

/**
 * Prints as `[secret]` wherever it ends up: in texts, JSON, logs. Only who calls `reveal` means to have it. Settings in
 * memory hold these; `{ "secret": "…" }` is how they are sent and stored, `{ "secret": true }` how answers show them.
 */
export class Secret {
  /**
   * Own, and a closure: deep equality, which can't look into private fields, then takes two secrets for different and
   * not for equal, and a structured clone is refused and not empty. `sameSettings` compares them.
   */
  readonly reveal: () => string;

  constructor(text: string) {
    this.reveal = () => text;
  }

  /** A word in its place, as wherever it would be printed. */
  toString(): string {
    return struck;
  }

  /** See `toString`. */
  toJSON(): string {
    return struck;
  }

  /** See `toString`. */
  [inspect.custom](): string {
    return struck;
  }
}

/** Whatever JSON can say; no Secret. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** A type of settings as answers show it. */
export type Redacted<T> = unknown extends T
  ? Json
  : T extends Secret
    ? { readonly secret: true }
    : T extends object
      ? { readonly [Member in keyof T]: Redacted<T[Member]> }
      : T;

/**
 * JSON as it was sent or stored, with a Secret for every `{ "secret": "…" }` in it. Not for objects whose members the
 * owner names, of which one may be called `secret`: see `sealSettings`.
 */
export function seal(json: unknown): unknown {
  return mapped(json, (value) => (isOpen(value) ? new Secret(value.secret) : undefined));
}

/** The reverse of `seal`: for what needs the texts themselves, which is the plugin and the row that restarts it. */
export function unseal(settings: unknown): unknown {
  return mapped(settings, (value) => (value instanceof Secret ? { secret: value.reveal() } : undefined));
}

/** Settings as JSON has them, a stored row too, sealed wherever they can have a secret. */
export function sealSettings(settings: unknown): unknown {
  if (!isPlain(settings)) return settings;
  const sealed = Object.entries(settings).map(([member, values]) => {
    if (!named.includes(member) || !isPlain(values)) return [member, values];
    return [member, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, seal(value)]))];
  });
  return Object.fromEntries(sealed);
}

/** Members of settings that can have secrets; the names in them are the owner's. */
const named = ["env", "grants"];

/** Settings as answers and the history show them: each secret as `{ "secret": true }`. */
export function redact<T>(settings: T): Redacted<T> {
  return mapped(settings, (value) => (value instanceof Secret ? { secret: true } : undefined)) as Redacted<T>;
}

/** The texts of all secrets in settings. */
export function secretsIn(settings: unknown): string[] {
  const found: string[] = [];
  mapped(settings, (value) => {
    if (value instanceof Secret) found.push(value.reveal());
    return undefined;
  });
  return found;
}

/** Equality, of secrets too. */
export function sameSettings(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(unseal(one), unseal(other));
}

/** Test for a secret as somebody sends back what an answer showed. */
function isRedacted(value: unknown): boolean {
  return isPlain(value) && value.secret === true && Object.keys(value).length === 1;
}

/** Settings with the secrets of others in place of what answers show of these: `{ "secret": true }`. */
export function withSecretsOf(value: unknown, before: unknown): unknown {
  if (before instanceof Secret) return isRedacted(value) ? before : value;
  if (!isPlain(value) || !isPlain(before)) return value;
  const members = Object.entries(value).map(
    ([name, member]) =>
      [name, withSecretsOf(member, Object.hasOwn(before, name) ? before[name] : undefined)] as const,
  );
  return Object.fromEntries(members);
}

/** Test for settings in which something stands for a secret that is not there. */
export function lacksSecrets(value: unknown): boolean {
  if (isRedacted(value)) return true;
  const members = Array.isArray(value) ? value : isPlain(value) ? Object.values(value) : [];
  return members.some(lacksSecrets);
}

function isOpen(value: unknown): value is { readonly secret: string } {
  return isPlain(value) && typeof value.secret === "string" && Object.keys(value).length === 1;
}

/** A copy in which `replace` has put something else for what it does not leave `undefined`. */
function mapped(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((element) => mapped(element, replace));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapped(member, replace)]));
}

/** Test for the objects that JSON can say. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
