/** Types of `wasi:http/types`, for one cell. */
import type { Member } from "../capability.ts";
import { cellClass } from "../kit/cell-class.ts";
import type { IoError } from "../kit/streams.ts";
import { Fields, requireAllowed } from "./fields-resource.ts";
import type { HttpCell } from "./http-cell.ts";
import type { FieldEntry } from "./http-fields.ts";
import { FutureTrailers, IncomingBody } from "./incoming-body.ts";
import { IncomingRequest, ResponseOutparam } from "./incoming-messages.ts";
import { OutgoingBody } from "./outgoing-message.ts";
import { OutgoingResponse } from "./outgoing-response.ts";
import { FutureIncomingResponse, IncomingResponse } from "./sent/incoming-response.ts";
import { OutgoingRequest } from "./sent/outgoing-request.ts";
import { RequestOptions } from "./sent/request-options.ts";

/** Classes that guests construct are the cell's: what they hold is counted there. */
export function httpTypes(cell: HttpCell): Readonly<Record<string, Member>> {
  const { objects } = cell;
  const fromList = (entries: readonly FieldEntry[]) => {
    for (const [name, value] of entries) requireAllowed(name, [value]);
    return new Fields(objects, entries);
  };
  const newFields = () => new Fields(objects);
  const newResponse = (headers: Fields) => new OutgoingResponse(cell, headers);
  return {
    Fields: cellClass(Fields, newFields, { fromList }),
    FutureIncomingResponse,
    FutureTrailers,
    IncomingBody,
    IncomingRequest,
    IncomingResponse,
    OutgoingBody,
    OutgoingRequest: cellClass(OutgoingRequest, (headers: Fields) => new OutgoingRequest(cell, headers)),
    OutgoingResponse: cellClass(OutgoingResponse, newResponse),
    RequestOptions: cellClass(RequestOptions, () => new RequestOptions(objects)),
    ResponseOutparam,
    // By names of the component model too: as classes they are made twice, once for `new` to throw away.
    "[constructor]fields": newFields,
    "[constructor]outgoing-response": newResponse,
    httpErrorCode: ({ code }: IoError) => code,
  };
}
