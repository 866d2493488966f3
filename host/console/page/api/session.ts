/** Rights of who looks at the page: what the host says that they may, so that nothing is offered which would be refused. */

import { computed, effect, signal } from "@preact/signals";
import type { Permission } from "../../../access/scopes.ts";
import type { ShownRights } from "../../answers/access-answers.ts";
import { say } from "../strings/speech.ts";
import { ask } from "./api-client.ts";
import { token } from "./held-token.ts";
import { Refused } from "./refused.ts";

/** Undefined until the host has said. */
export const rights = signal<ShownRights | undefined>(undefined);

export const signedIn = computed(() => token.value !== undefined);

/** Set where rights could not be asked for. */
export const rightsProblem = signal<Refused | undefined>(undefined);

/** Asks anew whenever somebody signs in or out; again and again while the host does not answer. */
export function followRights(): void {
  effect(() => {
    void token.value;
    // Of whoever it was before.
    rights.value = undefined;
    void load();
  });
}

async function load(): Promise<void> {
  const asked = token.value;
  try {
    const { data } = await ask<ShownRights>(["rights"]);
    if (asked !== token.value) return;
    rights.value = data;
    rightsProblem.value = undefined;
  } catch (error) {
    if (asked !== token.value || !(error instanceof Refused)) return;
    rightsProblem.value = error;
    if (error.isUnreachable) setTimeout(load, 2000);
  }
}

/** True once it is known that they may do that: to be asked for before a page asks the host by itself. */
export function may(permission: Permission, plugin?: string): boolean {
  return rights.value !== undefined && whyNot(permission, plugin) === undefined;
}

/** Reason for which they may not do that, for the button that would; undefined: they may. */
export function whyNot(permission: Permission, plugin?: string): string | undefined {
  const { value } = rights;
  if (!value || value.open.includes(permission)) return undefined;
  const { may, lacks, plugins, who } = value;
  if (!may.includes(permission)) {
    const scopes = lacks[permission]?.join(", ");
    if (scopes === undefined) return say("may.plugins", { plugins: plugins?.join(", ") ?? "" });
    return say(who === "anonymous" ? "may.anonymous" : "may.scopes", { scopes });
  }
  if (plugin === undefined || plugins === null || plugins.some((pattern) => fits(pattern, plugin)))
    return undefined;
  return say("may.plugins", { plugins: plugins.join(", ") });
}

/** A pattern has one star. */
function fits(pattern: string, name: string): boolean {
  const [before = "", after] = pattern.split("*", 2);
  if (after === undefined) return pattern === name;
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}
