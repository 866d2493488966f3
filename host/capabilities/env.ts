/** Env: what a plugin is configured with, some of it secret. */

import * as v from "valibot";
import { pluginBounds } from "../bounds/cell-bounds.ts";
import { HotcellError } from "../errors.ts";
import { isObject } from "../text/json-value.ts";
import { Scrubber } from "../text/scrubber.ts";
import { Secret, secretsIn, withSecretsOf } from "./secret.ts";

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

/** UTF-16 code units of all names and values together, and of the secrets among them: every text is searched for these. */
const maxEnv = pluginBounds.env.value;
const maxSecrets = pluginBounds.secrets.value;

/** Throws `bad-settings` for more than a plugin may be configured with, and for a text that has no UTF-8. */
export function checkEnv(env: Env): void {
  let size = 0;
  let secret = 0;
  for (const [name, value] of Object.entries(env)) {
    const text = textOf(value);
    size += name.length + text.length;
    if (value instanceof Secret) secret += text.length;
    if (name.isWellFormed() && text.isWellFormed()) continue;
    const subject = `settings.env.${name.toWellFormed()}`;
    throw new HotcellError("bad-settings", `${subject} has half a character (a lone surrogate).`, {
      subject,
      remedy: "Correct the text, or encode bytes as base64.",
    });
  }
  if (size > maxEnv) throw tooLarge("settings.env", "settings.env is", maxEnv, size);
  if (secret > maxSecrets)
    throw tooLarge("settings.env", "The secrets of settings.env are", maxSecrets, secret);
}

function tooLarge(subject: string, what: string, limit: number, actual: number): HotcellError {
  return new HotcellError("bad-settings", `${what} ${actual} characters long, and may be ${limit}.`, {
    subject,
    limit,
    actual,
    remedy: "Send what is no setting with calls, or build it into the plugin.",
  });
}

/** Env as the plugin gets it: secrets too. */
export function plainEnv(env: Env): [name: string, value: string][] {
  return Object.entries(env).map(([name, value]) => [name.toWellFormed(), textOf(value).toWellFormed()]);
}

/**
 * Settings that somebody read and sends back: where they have `{ "secret": true }`, what `before` has there. What it
 * does not have stays, and is no valid setting.
 */
export function keepSecrets(
  input: unknown,
  before: { readonly env: Env; readonly grants: Readonly<Record<string, unknown>> },
): unknown {
  if (!isObject(input)) return input;
  const { env, grants } = input;
  return {
    ...input,
    ...(isObject(env) && { env: withSecretsOf(env, before.env) }),
    ...(isObject(grants) && { grants: withSecretsOf(grants, before.grants) }),
  };
}

/** Scrubber of what a plugin with these settings says. */
export function scrubberFor(settings: { readonly env: Env; readonly grants: unknown }): Scrubber {
  return new Scrubber(secretsIn([settings.env, settings.grants]));
}

function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
