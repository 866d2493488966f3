/** The same answer by plugins: with the library for AssemblyScript, and without anything. */

/** Answer of all contenders. */
export const hello = "Hello, world!";

export const byLibrary = `import { App } from "hotcell/assembly/http";
const app = new App();
app.get("/hello/:name", (c) => c.text("Hello, " + c.req.param("name") + "!"));
export default app;
`;

export const byHand = `import { IncomingRequest, ResponseOutparam, OutgoingResponse, OutgoingBody, Fields, ErrorCode } from "wasi:http/types@0.2.0";
import { Result } from "wit-types";

const bytes = (text: string): Uint8Array => Uint8Array.wrap(String.UTF8.encode(text));
const hello = bytes("${hello}");
const type = bytes("text/plain; charset=utf-8");
const length = bytes("${hello.length}");

export function handle(request: IncomingRequest, out: ResponseOutparam): void {
  request.drop();
  const fields = new Fields();
  fields.set("content-type", [type]).unwrap();
  fields.set("content-length", [length]).unwrap();
  const response = new OutgoingResponse(fields);
  const body = response.body().unwrap();
  ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response));
  const stream = body.write().unwrap();
  stream.checkWrite().unwrap();
  stream.write(hello).unwrap();
  stream.drop();
  OutgoingBody.finish(body, null).unwrap();
}
`;
