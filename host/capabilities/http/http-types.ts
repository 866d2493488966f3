/** Types of `wasi:http/types`, for one cell. */
import type { Member } from "../capability.ts";
import { cellClass } from "../kit/cell-class.ts";
import type { IoError } from "../kit/streams.ts";
import { Fields, requireAllowed } from "./fields-resource.ts";
import type { HttpCell } from "./http-cell.ts";
import type { FieldEntry } from "./http-fields.ts";
import { FutureTrailers, IncomingBody, IncomingRequest, ResponseOutparam } from "./incoming-messages.ts";
import { OutgoingBody, OutgoingRequest, OutgoingResponse } from "./outgoing-messages.ts";
import { RequestOptions } from "./request-options.ts";

/** Classes that guests construct are the cell's: what they hold is counted there. */
export function httpTypes(cell: HttpCell): Readonly<Record<string, Member>> {
  const { objects } = cell;
  const fromList = (entries: readonly FieldEntry[]) => {
    for (const [name, value] of entries) requireAllowed(name, [value]);
    return new Fields(objects, entries);
  };
  return {
    Fields: cellClass(Fields, () => new Fields(objects), { fromList }),
    FutureTrailers,
    IncomingBody,
    IncomingRequest,
    OutgoingBody,
    OutgoingRequest: cellClass(OutgoingRequest, (headers: Fields) => new OutgoingRequest(cell, headers)),
    OutgoingResponse: cellClass(OutgoingResponse, (headers: Fields) => new OutgoingResponse(cell, headers)),
    RequestOptions: cellClass(RequestOptions, () => new RequestOptions(objects)),
    ResponseOutparam,
    httpErrorCode: ({ code }: IoError) => code,
  };
}
