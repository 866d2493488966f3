/** Headers of a request of Node's, read and changed where programs look for them. */
import type { IncomingMessage } from "node:http";
import { changedHeaders, type Header, type HeaderChanges } from "./filter-answers.ts";

/** Each field as it came, its name in lower case. */
export function headersOfIncoming({ rawHeaders }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!]);
  return headers;
}

/** Fields that Node joins by something else than a comma, or has an array of. */
const joinedBy: Readonly<Record<string, string>> = { cookie: "; " };

/** Makes the changes in `headers` and `rawHeaders` alike: nobody finds what was taken away. */
export function changeIncoming(incoming: IncomingMessage, changes: HeaderChanges): void {
  // Both are made of the raw ones when they are first read.
  const { headers, headersDistinct, rawHeaders } = incoming;
  const changed = changedHeaders(headersOfIncoming(incoming), changes);
  const touched = [...changes.remove, ...[...changes.set, ...changes.append].map(([name]) => name)];
  for (const name of new Set(touched.map((name) => name.toLowerCase()))) {
    const values = changed.flatMap((header) => (header[0] === name ? [header[1]] : []));
    if (values.length === 0) delete headers[name];
    else if (name === "set-cookie") headers[name] = values;
    else headers[name] = values.join(joinedBy[name] ?? ", ");
  }
  rawHeaders.splice(0, rawHeaders.length, ...changed.flat());
  for (const name of Object.keys(headersDistinct)) delete headersDistinct[name];
  for (const [name, value] of changed) headersDistinct[name] = [...(headersDistinct[name] ?? []), value];
}
