/** Requests below `/http/{name}/` in a server of our own, as Node has them. */

import { quotaFields } from "../answer/problem.ts";
import { takeQuota } from "../routes/quota.ts";
import type { DirectHandler } from "../server/direct-handler.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { Services } from "../services.ts";
import { pathOf } from "./mount.ts";
import type { Site } from "./plugin-sites.ts";
import { answerProblem, answerRedirect } from "./serve-node.ts";

const start = "/http/";

/**
 * Handler of those requests. What is below a name is that plugin's, whatever is in it; dots that lead elsewhere, and what can be
 * no name, are left to the app, which reads paths as URLs do.
 */
export function directSites(
  services: Pick<Services, "access" | "registry" | "sites" | "logFault">,
): DirectHandler {
  const { access, sites } = services;
  return (request, response, written) => {
    const path = pathOf(request.url ?? "");
    if (!path.startsWith(start) || leadsElsewhere(path)) return false;
    const end = path.slice(start.length).search(/[/?]/);
    const name = end < 0 ? path.slice(start.length) : path.slice(start.length, start.length + end);
    if (!/^[a-z0-9-]+$/.test(name)) return false;
    try {
      const headers = new IncomingHeaders(request);
      const connection = { incoming: request };
      const identity = access.check("call", headers, name, connection);
      const quota = takeQuota(services, identity, headers, name, connection);
      const prefix = `${start}${name}`;
      const fields = quota && quotaFields(quota);
      if (path[prefix.length] !== "/") {
        answerRedirect(response, `${prefix}/${path.slice(prefix.length)}`, fields);
        written(response);
        return true;
      }
      const site: Site = { plugin: name, prefix, origin: "shared", fields };
      void sites.serveNode(site, request, response).then(() => written(response));
    } catch (error) {
      answerProblem(response, error, services);
      written(response);
    }
    return true;
  };
}

/** A segment of dots, however it is written: URLs are the same without it. */
function leadsElsewhere(path: string): boolean {
  const query = path.indexOf("?");
  return /\/(?:\.|%2e){1,2}(?:\/|$)|\\/i.test(query < 0 ? path : path.slice(0, query));
}
