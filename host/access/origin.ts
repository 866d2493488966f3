/**
 * Where a request claims to go and to come from. Both checks are about browsers: a page the owner merely visits must
 * not drive a host that trusts its own machine.
 */

import { HotcellError } from "../errors.ts";

const hostHeader = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;

/**
 * A check of the `Host` header against names, any port. It stops DNS rebinding: there the attacker's own name
 * resolves to this machine, and the header still says that name. Throws `forbidden-host`.
 */
export function hostCheck(allowed: Iterable<string>): (header: string | null) => void {
  const names = new Set([...allowed].map((name) => name.toLowerCase()));
  let lastGood: string | undefined;
  return (header) => {
    if (header === lastGood) return;
    const name = header === null ? undefined : hostHeader.exec(header)?.[1]?.toLowerCase();
    if (header === null || name === undefined || !names.has(name)) {
      throw new HotcellError(
        "forbidden-host",
        `The Host header ${JSON.stringify(header)} is not one of this host's names.`,
        {
          ...(header !== null && { actual: header.slice(0, 255) }),
          expected: [...names].join(", "),
          remedy: "Use one of those names, or allow this one: HOTCELL_ALLOWED_HOSTS or --allowed-host.",
        },
      );
    }
    lastGood = header;
  };
}

/**
 * Refuses (`cross-site`) what another site's page made a browser send. For requests that browsers send without asking
 * first (Fetch, CORS-safelisted requests); a JSON body or an Authorization header makes them ask, and Hotcell says yes
 * to the pages of `allowed` origins only.
 */
export function refuseCrossSite(headers: Headers, allowed?: ReadonlySet<string>): void {
  const site = headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return;
  const origin = headers.get("origin");
  if (origin !== null && allowed?.has(origin)) return;
  if (site === null && (origin === null || sameHost(origin, headers.get("host")))) return;
  throw new HotcellError("cross-site", "A page of another site made this request.", {
    actual: (origin ?? site ?? "").slice(0, 255),
    remedy: "Send it as application/json from a program, or open the address in the browser itself.",
  });
}

function sameHost(origin: string, host: string | null): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
