/** Env: what a plugin is configured with, some of it secret. */
import * as v from "valibot";
import { Scrubber } from "../text/scrubber.ts";
import { isObject } from "../wit/json-decode.ts";
import { isRedacted, Secret, secretsIn } from "./secret.ts";

/** Values by name. */
export type Env = Readonly<Record<string, string | Secret>>;

export const envSchema = v.record(
  v.string(),
  v.union(
    [
      v.string(),
      v.instance(Secret),
      v.pipe(
        v.strictObject({ secret: v.string() }),
        v.transform(({ secret }) => new Secret(secret)),
      ),
    ],
    'a string, or { "secret": a string }',
  ),
);

/** For the plugin: secrets too. */
export function plainEnv(env: Env): [name: string, value: string][] {
  return Object.entries(env).map(([name, value]) => [name, textOf(value)]);
}

/**
 * Settings that somebody read and sends back: where they have `{ "secret": true }`, what `before` has there. What it
 * does not have stays, and is no valid setting.
 */
export function keepSecrets(input: unknown, before: Env): unknown {
  if (!isObject(input) || !isObject(input.env)) return input;
  const env = Object.entries(input.env).map(([name, value]) => {
    const known = Object.hasOwn(before, name) ? before[name] : undefined;
    return [name, isRedacted(value) && known instanceof Secret ? known : value] as const;
  });
  return { ...input, env: Object.fromEntries(env) };
}

/** For what a plugin with these settings says. */
export function scrubberFor(settings: { readonly env: Env; readonly grants: unknown }): Scrubber {
  return new Scrubber(secretsIn([settings.env, settings.grants]));
}

function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
