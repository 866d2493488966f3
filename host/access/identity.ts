/** Identity of whoever sent a request, and how far that reaches beyond what was checked when it came. */

import { answerBounds } from "../bounds/http-bounds.ts";
import { type ErrorFacts, HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";
import type { TokenHolder } from "./issued-tokens.ts";
import type { PluginPatterns } from "./plugin-patterns.ts";
import {
  challengeFor,
  missingScopes,
  neededScopes,
  type Permission,
  permissions,
  type Scope,
  scopes,
} from "./scopes.ts";

export interface Identity {
  /** Name for the history: `admin`, a token's id, or `anonymous`. */
  readonly who: string;
  /** The plugins it may see; undefined: all. */
  readonly plugins: PluginPatterns | undefined;
  /** The token was revoked or expired since. What goes on for long looks again. */
  readonly ended: boolean;
  /** Time of its expiry, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Throws `forbidden` where a change of settings needs a scope that the token does not have, naming both. */
  authorize(changes: readonly SettingChange[]): void;
}

/** One part of a plugin's settings that a request would change, such as `limits.memory`, and the scope that it needs. */
interface SettingChange {
  readonly path: string;
  readonly kind: "configure" | "deploy" | "grant" | "admin";
}

/** Paths that an answer names; there may be as many as a request has settings. */
const maxPaths = answerBounds.paths.value;

const lasting = { plugins: undefined, ended: false, expiresAt: undefined } as const;
export const admin: Identity = { who: "admin", ...lasting, authorize() {} };
export const nobody: Identity = {
  who: "anonymous",
  ...lasting,
  authorize: (changes) => requireScopes("who sent this", [], "settings", changes),
};

/** Name by which calls tell who made them; undefined where that needed no token, and so none was looked at. */
export function callerOf(identity: Identity): string | undefined {
  return identity === nobody ? undefined : identity.who;
}

/** Throws `forbidden` unless the token may do that, with that plugin where it is about one. */
export function identify(holder: TokenHolder, permission: Permission, plugin: string | undefined): Identity {
  const { id, scopes: held, plugins } = holder;
  const missing = missingScopes(held, permission);
  if (missing.length > 0) {
    const needed = neededScopes(held, permission);
    throw forbidden(
      `This needs a token of scope ${needed.join(" and ")}; the token ${id} has ${held.join(", ")}.`,
      {
        missing,
        subject: id,
        actual: held.join(", "),
        expected: needed.join(", "),
        remedy: another(needed),
      },
    );
  }
  // Only a list can be cut down to what the token may see; everything else is about one plugin, or some.
  if (plugins && !reaches(plugins, permission, plugin)) {
    throw beyond(holder, plugins, plugin, missingScopes([], permission));
  }
  return {
    who: id,
    plugins,
    get ended() {
      return holder.end !== undefined;
    },
    expiresAt: holder.expiresAt,
    authorize: (changes) => requireScopes(`the token ${id}`, held, permission, changes),
  };
}

/** The event log may be asked for by pattern. */
function reaches(plugins: PluginPatterns, permission: Permission, plugin: string | undefined): boolean {
  const { reach } = permissions[permission];
  if (reach === "list") return true;
  if (plugin === undefined || reach === "host") return false;
  return reach === "patterns" ? plugins.covers(plugin) : plugins.has(plugin);
}

function beyond(
  { id }: TokenHolder,
  plugins: PluginPatterns,
  plugin: string | undefined,
  needed: readonly Scope[],
): HotcellError {
  const only = plugins.texts.join(", ");
  const asked = plugin === undefined ? "all plugins" : JSON.stringify(beginning(plugin, 80));
  return forbidden(`The token ${id} is good for ${only} only, and this is about ${asked}.`, {
    missing: needed,
    subject: plugin === undefined ? id : beginning(plugin, 80),
    actual: asked,
    expected: only,
    remedy:
      plugin === undefined
        ? `Name those it is good for (?plugin=${plugins.texts[0]}), or have another made: hotcell token new${options(needed)}.`
        : `${another(needed).slice(0, -1)} --plugin NAME.`,
  });
}

function requireScopes(
  whose: string,
  held: readonly Scope[],
  permission: Permission,
  changes: readonly SettingChange[],
): void {
  if (held.includes("admin")) return;
  const refused = changes.filter(({ kind }) => !held.includes(kind));
  if (refused.length === 0) return;
  const needed = neededScopes(
    [],
    permission,
    changes.map(({ kind }) => kind),
  );
  const missing = scopes.filter((scope) => refused.some(({ kind }) => kind === scope));
  const needs = missing.map((scope) => {
    const paths = refused.filter(({ kind }) => kind === scope).map(({ path }) => path);
    const rest = paths.length - maxPaths;
    return {
      scope,
      paths: paths.slice(0, maxPaths),
      several: paths.length > 1,
      text: `${paths.slice(0, maxPaths).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`,
    };
  });
  const has = held.join(", ");
  throw forbidden(
    `${needs.map(({ scope, text, several }) => `${text} ${several ? "need" : "needs"} the scope ${scope}`).join("; ")}; ${whose} has ${has || "none"}.`,
    {
      missing,
      subject: needs[0]!.paths[0]!,
      actual: has,
      expected: needed.join(", "),
      remedy: `Send it without that change, or have a token made: hotcell token new${options(needed)}.`,
      changes: needs.map(({ scope, paths }) => ({ scope, paths })),
    },
  );
}

function another(needed: readonly Scope[]): string {
  return `Use another token, or have one made: hotcell token new${options(needed)}.`;
}

function options(needed: readonly Scope[]): string {
  return needed.map((scope) => ` --scope ${scope}`).join("");
}

interface Refusal extends ErrorFacts {
  readonly missing: readonly Scope[];
  readonly changes?: readonly { readonly scope: Scope; readonly paths: readonly string[] }[];
}

function forbidden(detail: string, { missing, changes, ...facts }: Refusal): HotcellError {
  const { scope, challenge } = challengeFor(missing);
  return new HotcellError("forbidden", detail, {
    ...facts,
    extra: { scope, ...(changes && { needs: changes }), challenge },
  });
}
