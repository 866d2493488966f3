/** Requests below `/http/{name}/` in a server of our own, as Node has them. */

import { quotaFields } from "../answer/problem.ts";
import { takeQuota } from "../routes/quota.ts";
import { lengthOfParts, targetPath } from "../routing/target-path.ts";
import type { DirectHandler } from "../server/direct-handler.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { Services } from "../services.ts";
import type { Site } from "./plugin-sites.ts";
import { answerProblem, answerRedirect } from "./serve-node.ts";

const start = "/http/";

/**
 * Handler of those requests, however their paths are written: the app's way has no trailers, and what a client leaves unread there is
 * not counted. What can be no name is left to the app, and so are paths that no URL has.
 */
export function directSites(
  services: Pick<Services, "access" | "registry" | "sites" | "logFault">,
): DirectHandler {
  const { access, sites } = services;
  return (request, response, written) => {
    const read = targetPath(request.url ?? "");
    if (!read?.path.startsWith(start) || read.path.includes("\\")) return false;
    const { path, target } = read;
    const end = path.indexOf("/", start.length);
    const name = path.slice(start.length, end < 0 ? undefined : end);
    if (!/^[a-z0-9-]+$/.test(name)) return false;
    try {
      const headers = new IncomingHeaders(request);
      const connection = { incoming: request };
      const identity = access.check("call", headers, name, connection);
      const quota = takeQuota(services, identity, headers, name, connection);
      const prefix = `${start}${name}`;
      const fields = quota && quotaFields(quota);
      if (end < 0) {
        const query = target.indexOf("?");
        answerRedirect(response, `${prefix}/${query < 0 ? "" : target.slice(query)}`, fields);
        written(response);
        return true;
      }
      request.url = target;
      const prefixLength = lengthOfParts(target, 2);
      const site: Site = { plugin: name, prefix, prefixLength, origin: "shared", fields };
      void sites.serveNode(site, request, response).then(() => written(response));
    } catch (error) {
      answerProblem(response, error, services);
      written(response);
    }
    return true;
  };
}
