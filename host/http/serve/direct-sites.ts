/** Requests below `/http/{name}/` in a server of our own, as Node has them. */

import { lengthOfParts, targetPath } from "../routing/target-path.ts";
import type { DirectHandler } from "../server/direct-handler.ts";
import type { Services } from "../services.ts";
import { admit } from "./admit.ts";
import type { Site } from "./plugin-sites.ts";
import { answerProblem, answerRedirect } from "./serve-node.ts";

const start = "/http/";

/**
 * Handler of those requests, however their paths are written: the app's way has no trailers, and what a client leaves unread there is
 * not counted. What can be no name is left to the app, and so are paths that no URL has.
 */
export function directSites(
  services: Pick<Services, "access" | "registry" | "sites" | "logFault" | "publicUrl">,
): DirectHandler {
  const { sites } = services;
  /** Name that was one last: requests come for few. */
  let good: string | undefined;
  return (request, response, written) => {
    const read = targetPath(request.url ?? "");
    if (!read?.path.startsWith(start) || read.path.includes("\\")) return false;
    const { path, target } = read;
    const end = path.indexOf("/", start.length);
    const name = path.slice(start.length, end < 0 ? undefined : end);
    if (name !== good && !/^[a-z0-9-]+$/.test(name)) return false;
    good = name;
    try {
      const { fields, caller } = admit(services, request, name, "/http/{name}/*");
      const prefix = `${start}${name}`;
      if (end < 0) {
        const query = target.indexOf("?");
        answerRedirect(response, `${prefix}/${query < 0 ? "" : target.slice(query)}`, fields);
        written(response);
        return true;
      }
      request.url = target;
      const prefixLength = lengthOfParts(target, 2);
      const site: Site = { plugin: name, prefix, prefixLength, origin: "shared", fields, caller };
      sites.serveSoon(site, request, response, written);
    } catch (error) {
      answerProblem(response, error, services);
      written(response);
    }
    return true;
  };
}
