/**
 * Checks of where a request claims to go and to come from. Both are about browsers: a page the owner merely visits must
 * not drive a host that trusts its own machine.
 */

import { HotcellError } from "../errors.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** An authority without a user: what else would pass for a part of a URL. */
const hostHeader = /^[^\s/?#@\\]+$/;

/** The name in a Host header, as URLs have it: without port, in lower case, addresses in their short form, no dot at its end. */
export function hostName(host: string): string | undefined {
  if (!hostHeader.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname.replace(/(?<=.)\.$/, "");
}

/**
 * A check of the `Host` header against names, any port. It stops DNS rebinding: there the attacker's own name
 * resolves to this machine, and the header still says that name. Throws `forbidden-host`, which tells `setBy`: where names are allowed.
 */
export function hostCheck(allowed: Iterable<string>, setBy: string): (header: string | null) => void {
  const names = new Set([...allowed].map((name) => hostName(name) ?? name.toLowerCase()));
  let lastGood: string | null = null;
  return (header) => {
    if (header !== null && header === lastGood) return;
    const name = header === null ? undefined : hostName(header);
    if (name === undefined || !names.has(name)) throw forbiddenHost(header, names, setBy);
    lastGood = header;
  };
}

function forbiddenHost(header: string | null, names: ReadonlySet<string>, setBy: string): HotcellError {
  const shown = header?.slice(0, 255);
  const detail = !shown
    ? `The request has ${shown === undefined ? "no" : "an empty"} Host header.`
    : `The Host header ${JSON.stringify(shown)} is not one of this host's names.`;
  return new HotcellError("forbidden-host", detail, {
    ...(shown !== undefined && { actual: shown }),
    expected: [...names].join(", "),
    remedy: shown
      ? `Use one of those names, or allow this one: ${setBy}.`
      : "Send a Host header with one of those names.",
  });
}

/** True for an origin that is written as browsers write them: `https://console.example`, and no `*`. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

export const publicUrls =
  "an address such as https://plugins.example.com, without a query, and without a slash at its end";

/** True for an address of http or https to which paths can be added. */
export function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\/[^?#]*[^?#/]$/.test(text) || !URL.canParse(text)) return false;
  const { href, username, password } = new URL(text);
  return username === "" && password === "" && (href === text || href === `${text}/`);
}

/**
 * Refuses (`cross-site`) what another site's page made a browser send. For requests that browsers send without asking
 * first (Fetch, CORS-safelisted requests); a JSON body or an Authorization header makes them ask, and Hotcell says yes
 * to the pages of `allowed` origins only.
 */
export function refuseCrossSite(headers: RequestHeaders, allowed?: ReadonlySet<string>): void {
  const site = headers.get("sec-fetch-site");
  const purpose = headers.get("sec-purpose");
  if (purpose !== null) throw fetchedAhead(purpose);
  if (site === "same-origin" || site === "none") return;
  const origin = headers.get("origin");
  if (origin !== null && allowed?.has(origin)) return;
  if (site === null && (origin === null || sameHost(origin, headers.get("host")))) return;
  throw new HotcellError("cross-site", "A page of another site made this request.", {
    actual: (origin ?? site ?? "").slice(0, 255),
    remedy: "Send it as application/json from a program, or open the address in the browser itself.",
  });
}

/**
 * Error for what a browser fetches before anybody opens it. The speculation rules of any page make it do so, and Chromium says of
 * such requests that they come from no site, as of an address that was typed.
 */
function fetchedAhead(purpose: string): HotcellError {
  return new HotcellError("cross-site", "A browser fetched this before anybody opened it.", {
    actual: purpose.slice(0, 255),
    remedy:
      "Send it when it is meant, as application/json from a program, or open the address in the browser itself.",
  });
}

function sameHost(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
