import { afterAll, describe, expect, it } from "vitest";
import { buildProbe, deploy } from "../support/capability-probe.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

/** What a plugin finds that looks for files, networks and other servers, without any grant. */
const { start } = await deploy(
  await buildProbe(
    `import wasi:filesystem/preopens@0.2.12;
     import wasi:sockets/instance-network@0.2.12;
     import wasi:sockets/tcp-create-socket@0.2.12;
     import wasi:sockets/udp-create-socket@0.2.12;
     import wasi:sockets/ip-name-lookup@0.2.12;
     import wasi:http/types@0.2.12;
     import wasi:http/outgoing-handler@0.2.12;
     export folders: func() -> u32;
     export tcp: func() -> string;
     export udp: func() -> string;
     export look-up: func(name: string) -> string;
     export send: func(path: string) -> string;
     export field: func(name: string, value: string) -> string;
     export fields: func() -> string;
     export frozen: func() -> string;
     export hoard: func(bytes: u32, times: u32, drop: bool);
     export body: func() -> string;`,
    `import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
     import { instanceNetwork } from "wasi:sockets/instance-network@0.2.12";
     import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";
     import { createUdpSocket } from "wasi:sockets/udp-create-socket@0.2.12";
     import { resolveAddresses } from "wasi:sockets/ip-name-lookup@0.2.12";
     import { ErrorCode, IpAddressFamily } from "wasi:sockets/network@0.2.12";
     import { Fields, HeaderError, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme } from "wasi:http/types@0.2.12";
     import { handle } from "wasi:http/outgoing-handler@0.2.12";
     function named(code: ErrorCode): string {
       return code == ErrorCode.AccessDenied ? "access denied" : "error " + (<i32>code).toString();
     }
     export function folders(): u32 { return getDirectories().length; }
     export function tcp(): string {
       const socket = createTcpSocket(IpAddressFamily.Ipv4);
       return socket.isErr ? named(socket.unwrapErr()) : "a socket";
     }
     export function udp(): string {
       const socket = createUdpSocket(IpAddressFamily.Ipv6);
       return socket.isErr ? named(socket.unwrapErr()) : "a socket";
     }
     export function lookUp(name: string): string {
       const network = instanceNetwork();
       const found = resolveAddresses(network, name);
       network.drop();
       return found.isErr ? named(found.unwrapErr()) : "addresses";
     }
     export function send(path: string): string {
       const request = new OutgoingRequest(new Fields());
       if (request.setMethod(Method.post()).isErr) return "no method";
       if (request.setPathWithQuery(path).isErr) return "no path";
       if (request.setAuthority("example.com").isErr) return "no authority";
       request.setScheme(Scheme.https()).unwrap();
       const answer = handle(request, new RequestOptions());
       if (!answer.isErr) return "sent";
       return answer.unwrapErr().isHttpRequestDenied ? "denied" : "failed";
     }
     function why(error: HeaderError): string {
       return error.isInvalidSyntax ? "invalid" : error.isImmutable ? "immutable" : "forbidden";
     }
     export function field(name: string, value: string): string {
       const fields = new Fields();
       const set = fields.append(name, Uint8Array.wrap(String.UTF8.encode(value)));
       fields.drop();
       return set.isErr ? why(set.unwrapErr()) : "set";
     }
     function text(fields: Fields): string {
       let all = "";
       const entries = fields.entries();
       for (let i = 0; i < entries.length; i++)
         all += entries[i].f0 + "=" + String.UTF8.decode(entries[i].f1.buffer) + ";";
       return all;
     }
     export function fields(): string {
       const fields = new Fields();
       fields.append("X-Two", Uint8Array.wrap(String.UTF8.encode("1"))).unwrap();
       fields.append("a", Uint8Array.wrap(String.UTF8.encode("2"))).unwrap();
       fields.append("x-two", Uint8Array.wrap(String.UTF8.encode("3"))).unwrap();
       const before = text(fields) + fields.get("X-TWO").length.toString();
       const copy = fields.clone();
       copy.delete("x-TWO").unwrap();
       const after = text(copy) + (copy.has("x-two") ? "still" : "gone");
       copy.drop();
       const left = text(fields);
       fields.drop();
       return before + " " + after + " " + left;
     }
     export function frozen(): string {
       const request = new OutgoingRequest(new Fields());
       const headers = request.headers();
       const set = headers.append("a", new Uint8Array(1));
       headers.drop();
       request.drop();
       return set.isErr ? why(set.unwrapErr()) : "set";
     }
     export function hoard(bytes: u32, times: u32, drop: bool): void {
       const value = new Uint8Array(bytes);
       value.fill(65);
       for (let i: u32 = 0; i < times; i++) {
         const fields = new Fields();
         fields.append("a", value).unwrap();
         const request = new OutgoingRequest(fields);
         if (drop) request.drop();
       }
     }
     export function body(): string {
       const request = new OutgoingRequest(new Fields());
       const body = request.body().unwrap();
       const again = request.body().isErr;
       const stream = body.write().unwrap();
       stream.blockingWriteAndFlush(new Uint8Array(4096)).unwrap();
       stream.drop();
       const twice = body.write().isErr;
       OutgoingBody.finish(body, null).unwrap();
       request.drop();
       return (again ? "once " : "twice ") + (twice ? "once" : "twice");
     }`,
  ),
);

describe("without a grant there are", () => {
  it("no folders", () => {
    expect(start().call("folders")).toBe(0);
  });

  it("no sockets, and no names to look up", () => {
    const { call } = start();
    expect(call("tcp")).toBe("access denied");
    expect(call("udp")).toBe("access denied");
    for (const name of ["localhost", "127.0.0.1", "example.com"])
      expect(call("look-up", name)).toBe("access denied");
  });

  it("requests that can be made and are not sent", () => {
    const { call } = start();
    expect(call("send", "/a?b=c")).toBe("denied");
    expect(call("send", "/a\r\nHost: other")).toBe("no path");
    expect(call("body")).toBe("once once");
  });

  it("header fields, as HTTP has them", () => {
    const { call } = start();
    expect(call("field", "X-Any", "value")).toBe("set");
    for (const [name, value] of [
      ["", ""],
      ["a b", ""],
      ["a:", ""],
      ["é", ""],
      ["a", "b\r\nc: d"],
      ["a", "b\0"],
    ])
      expect(call("field", name, value)).toBe("invalid");
    expect(call("fields")).toBe("X-Two=1;a=2;x-two=3;2 a=2;gone X-Two=1;a=2;x-two=3;");
    expect(call("frozen")).toBe("immutable");
  });

  it("no more of these than the host will keep", () => {
    const { call } = start();
    for (let i = 0; i < 5; i++) call("hoard", 10_000, 100, true);
    expect(() => call("hoard", 10_000, 200, false)).toThrow(
      expect.objectContaining({ code: "trap", facts: expect.objectContaining({ limit: 1 << 20 }) }),
    );
  });
});
