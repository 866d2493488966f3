/** Texts of errors that requests and calls bring about themselves. */
import type { ErrorText } from "./error-text.ts";

export const requestErrors: Readonly<Record<string, ErrorText>> = {
  "bad-request": {
    why: "Something of the request is malformed, besides its arguments: the query, a header field, the framing.",
    todo: "Mend what is named.",
    example: 'POST takes no query parameters, and "dry-run" came.',
  },
  "bad-json": {
    why: "The body is to be JSON and is not: its syntax, its encoding (UTF-8 without a byte order mark), or how deeply it is nested.",
    todo: "Let a library write the JSON, and send it as UTF-8.",
    example: "The body is not JSON: it ends in the middle of a string.",
  },
  "bad-argument": {
    why: "An argument does not fit the type of its parameter, has a name that the function does not know, or there are too many or too few. The path in front of the detail says where.",
    todo: "Send what expected and remedy say; GET /docs shows the types of every function as JSON has them.",
    example: "cart.lines[0].quantity: expected u32 (0 to 4294967295), got -1.",
  },
  "not-callable": {
    why: "The function can't be called this way: it takes or returns resources, which have no JSON, or GET can't carry its parameters.",
    todo: "Call it by POST where GET can't; with resources, from a program that has opened the plugin.",
    example: "The parameter cart is record { … }, which a query can't carry.",
  },
  unauthorized: {
    why: "The request needs a token, and none came, or one that the host does not know: mistyped, expired or revoked.",
    todo: "Send Authorization: Bearer TOKEN. hotcell token create makes one.",
    example: "The request needs a token, and none came with it.",
  },
  forbidden: {
    why: "The token is good, and its scopes or plugins do not reach as far as the request.",
    todo: "Use a token that may, or ask whoever runs the host for one.",
    example: "The token caller is good for calls only, and this takes deploy.",
  },
  "forbidden-host": {
    why: "The request's Host is no name of this host. A page in a browser could reach it by a name of its own otherwise.",
    todo: "Use an address of the host, or name the name: HOTCELL_ALLOWED_HOSTS, --allowed-host.",
    example: "This host does not go by the name evil.example.",
  },
  "cross-site": {
    why: "A page of another site had the browser send the request, or the browser fetched it before anybody opened it.",
    todo: "Send it from a program; or allow the page's origin: HOTCELL_CORS, --cors.",
    example: "A page of another site made this request.",
  },
  "plugin-not-found": {
    why: "No plugin has that name here.",
    todo: "Look at near for similar names, and at GET /plugins for all.",
    example: 'There is no plugin "grete".',
  },
  "function-not-found": {
    why: "The plugin exports no function of that name, or several that it could mean.",
    todo: "Look at near for similar names, and at GET /plugins/{name}/wit for all. A function of an interface is interface/function.",
    example: 'greet has no function "gret".',
  },
  "no-handler": {
    why: "A request was sent to a plugin as to a web server, and the plugin serves no HTTP.",
    todo: "Call its functions at /call/{name}/{function}, or let it export wasi:http/incoming-handler.",
    example: "greet exports no wasi:http/incoming-handler, and so serves no HTTP.",
  },
  "too-many-requests": {
    why: "Too much is under way at once of what takes room: large bodies, uploads, streams, wrong tokens of one address.",
    todo: "Send fewer at a time, and come again after as many seconds as Retry-After says.",
    example: "4 uploads are under way and 8 wait.",
  },
  "rate-limited": {
    why: "The plugin's setting rate allows each client so many requests, and this one had them.",
    todo: "Wait for as long as Retry-After says. RateLimit in answers tells how many are left.",
    example: "greet takes no more requests of this address at present.",
  },
  "bucket-not-found": {
    why: "The plugin has no bucket of values by that name.",
    todo: "List its buckets: GET /plugins/{name}/kv.",
    example: "cache has no bucket rates of its own.",
  },
  "key-not-found": {
    why: "The bucket has no value of that key.",
    todo: "List its keys: GET /plugins/{name}/kv/{bucket}.",
    example: 'The bucket default of cache has no key "tea".',
  },
  "stale-value": {
    why: "The change was to be made only of a value that is as it was read, and it is another by now.",
    todo: "Read the value again, and decide anew what it is to be.",
    example: "The change is to be made only of the version 3, and it is at 4.",
  },
  "over-quota": {
    why: "The plugin keeps as many values, or bytes, as its quota allows.",
    todo: "Delete what is not needed, or raise the quota in its grant, up to what the host allows.",
    example: "The buckets of cache would have 1048600 bytes; they may have 1048576.",
  },
  "token-not-found": {
    why: "No token has that name or number.",
    todo: "List them: hotcell token list, GET /tokens.",
    example: "There is no token ci that could be revoked.",
  },
  "route-not-found": {
    why: "Nothing answers at that path: neither the host's own API nor a plugin.",
    todo: "GET /docs lists the API, and what plugins answer.",
    example: "Nothing is at /plugin.",
  },
  "method-not-allowed": {
    why: "Something answers at that path, and not to this method.",
    todo: "Use one of the methods in Allow.",
    example: "/call/greet/greet does not take PUT.",
  },
  "call-under-way": {
    why: "A call with the same Idempotency-Key is being made, and has no answer yet.",
    todo: "Send it again after a while: the answer will be the first one's.",
    example: 'The call with the Idempotency-Key "8e03978e" is being made.',
  },
  "answer-not-kept": {
    why: "The call with this Idempotency-Key was made, and its answer was too large to be kept; or the host or worker that made it ended before it had an answer. It is not made again.",
    todo: "Ask for what it did in another way, or with a new key where the call may be made twice.",
    example: "The call was made, and its answer was too large to be kept.",
  },
  "other-call": {
    why: "The Idempotency-Key came before with another function or other arguments. They are compared byte by byte.",
    todo: "Use a new key for each call.",
    example: 'Another call came with the Idempotency-Key "8e03978e".',
  },
  "request-timeout": {
    why: "The request did not arrive in time: its sender is too slow, or waits for something.",
    todo: "Send it faster, or in smaller parts.",
    example: "The request did not arrive in time.",
  },
  "too-large": {
    why: "The body, or what it becomes when it is decompressed, is larger than the host takes of anything.",
    todo: "Send less at a time.",
    example: "The body is larger than the 1048576 bytes that the host takes.",
  },
  "body-too-large": {
    why: "The body of a request to the plugin's HTTP handler is larger than its limits.requestBytes.",
    todo: "Send less, or raise the limit in its settings.",
    example: "The body is larger than the 1048576 bytes that upload takes.",
  },
  "headers-too-large": {
    why: "The request line and the header have more bytes, or more lines, than the host takes.",
    todo: "Send what is long in the body, and fewer cookies.",
    example: "The request line and the header are too large.",
  },
  "argument-too-large": {
    why: "The arguments are larger than the plugin's limits.argumentBytes: as text, or as values in memory.",
    todo: "Pass less at a time, or raise the limit in its settings.",
    example: "The arguments are larger than the 1048576 bytes that greet takes.",
  },
  "unsupported-media-type": {
    why: "The body has a Content-Type that is not taken here, or none.",
    todo: "Send arguments as application/json, many calls as application/x-ndjson, or bytes as application/octet-stream where one parameter is a list<u8>.",
    example: "Arguments are taken as JSON, of many calls a line each, and a list<u8> as bytes.",
  },
  "unsupported-coding": {
    why: "The body is compressed in a way that is not taken here.",
    todo: "Use one of Accept-Encoding: gzip, br or zstd, or none.",
    example: 'The Content-Encoding "compress" is not taken here; gzip, br, zstd are.',
  },
  "upgrade-not-supported": {
    why: "The request asks for another protocol, such as WebSocket, which plugins do not speak.",
    todo: "Use HTTP: a response may be a stream, such as server-sent events.",
    example: "chat serves HTTP, and no WebSocket.",
  },
  "guest-error": {
    why: "The function's type has an error, and the plugin returned it: an answer, and no failure. payload has it as JSON.",
    todo: "Look at payload, whose type is in the function's WIT and schema.",
    example: "The function returned an error.",
  },
};
