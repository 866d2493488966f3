/** Admission of requests for what a plugin serves, in a server of our own. */

import type { IncomingMessage } from "node:http";
import { callerOf } from "../../access/identity.ts";
import { quotaFields } from "../answer/problem.ts";
import { takeQuota } from "../routes/quota.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { Services } from "../services.ts";
import { visitOf } from "../visits/visit.ts";
import type { Site } from "./plugin-sites.ts";

/**
 * Admits a request, and counts it; gives the fields that the answer has to have for that, and who asks. `route`: pattern that its path was found by. `anyHost`: `Host` is one of a
 * plugin's. Throws what `Access.check` and `takeQuota` throw.
 */
export function admit(
  services: Pick<Services, "access" | "registry">,
  request: IncomingMessage,
  plugin: string,
  route: string,
  anyHost?: boolean,
): Pick<Site, "fields" | "caller"> {
  const headers = new IncomingHeaders(request);
  const connection = { incoming: request };
  const visit = visitOf(request);
  visit?.isOf(route, plugin);
  const identity = services.access.check("call", headers, plugin, connection, anyHost);
  const caller = callerOf(identity);
  if (visit) visit.caller = caller;
  const quota = takeQuota(services, identity, headers, plugin, connection);
  return { fields: quota && quotaFields(quota), caller };
}
