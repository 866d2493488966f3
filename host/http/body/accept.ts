import type { RequestHeaders } from "../../access/request-headers.ts";
import { bytesType } from "../answer/respond.ts";

/** True where a client names bytes in its `Accept`, and does not like JSON better (RFC 9110, section 12.5.1). Who names neither gets JSON. */
export function acceptsBytes(headers: RequestHeaders): boolean {
  const accept = headers.get("accept");
  if (accept === null || !accept.toLowerCase().includes(bytesType)) return false;
  const [bytes, json] = [weightIn(accept, bytesType), weightIn(accept, "application/json")];
  return bytes > 0 && bytes >= json;
}

/** Weight of a type that is named, 0 to 1; 0 where it is not. */
function weightIn(accept: string, type: string): number {
  for (const range of accept.split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    return q === undefined ? 1 : Number(q.slice(2)) || 0;
  }
  return 0;
}
