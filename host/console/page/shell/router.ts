/** Places in the console: after the `#` of its address, so that they can be kept, sent and reloaded, and no server learns of them. */
import { signal } from "@preact/signals";

/** Place as the address says it: `#/plugins/greet?tab=x`. */
export interface Place {
  /** Parts of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(placeOf(location.hash));

/** Follows the address from now on. */
export function followAddress(): void {
  addEventListener("hashchange", () => {
    place.value = placeOf(location.hash);
  });
}

/** Address of a place, for links: `href(["plugins", name])`. */
export function href(
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") search.set(name, value);
  const text = `${search}`;
  return `#/${parts.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** Goes to a place; in place of this one where `replace` says so, so that going back leads past it. */
export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", to);
    place.value = placeOf(to);
  } else location.hash = to;
}

/** Goes on from the page where an act began, now that it is done; stays where somebody has gone elsewhere meanwhile. */
export function goFrom(begun: Place, to: string): void {
  const { parts } = place.value;
  if (href(parts) === href(begun.parts)) go(to);
}

/** Changes the query of this place, without a step to go back. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { parts, query } = place.value;
  go(href(parts, { ...Object.fromEntries(query), ...changes }), true);
}

function placeOf(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const parts = path.split("/").filter((part) => part !== "");
  return { parts: parts.map(decoded), query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
