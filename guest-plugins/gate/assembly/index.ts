import { Answer, Changes, Request, Response, Verdict } from "hotcell:filter/types@0.1.0";
import { Tuple2 } from "wit-types";

/** `on-request` of wit/deps/filter. */
export function onRequest(request: Request): Verdict {
  const target = request.target;
  if (target == "/admin" || target.startsWith("/admin/") || target.startsWith("/admin?"))
    return Verdict.answer(new Answer(403, [], "Not here."));
  const headers = request.headers;
  for (let i = 0; i < headers.length; i++) {
    // Only the app itself may say who somebody is.
    if (headers[i].f0 == "x-user") return Verdict.change(new Changes(["x-user"], [], []));
  }
  return Verdict.next();
}

/** `on-response` of wit/deps/filter. */
export function onResponse(response: Response): Changes | null {
  const headers = response.headers;
  for (let i = 0; i < headers.length; i++) if (headers[i].f0 == "x-frame-options") return null;
  return new Changes([], [new Tuple2<string, string>("x-frame-options", "DENY")], []);
}
