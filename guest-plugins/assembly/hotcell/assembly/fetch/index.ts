// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * What plugins that send requests import as "hotcell/assembly/fetch": `fetch(url)` waits for the response, and `FetchRequest` is
 * for whatever a request needs beyond that. The world imports `wasi:http/outgoing-handler`.
 */
export { BodyWriter } from "../http/body-writer";
export { Json } from "../http/json-value";
export { textOf, utf8 } from "../http/texts";
export { FetchError } from "./fetch-error";
export { fetch, FetchRequest } from "./fetch-request";
export { FetchResponse } from "./fetch-response";
export { PendingResponse } from "./pending-response";
export { ResponseReader } from "./response-reader";
