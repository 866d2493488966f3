/** Requests that cost the host far more than who sends them, as rows of `bench -- harden`; what they must come to is tested by part. */
import type { TestHost } from "../http/support.ts";
import type { Unpaid } from "./attack.ts";
import { guest } from "./guest.ts";

export interface HostileRequest {
  readonly name: string;
  readonly unpaid: Unpaid;
  /** Gives the body, after deploying over `target` what it is sent to. */
  readonly prepare: (host: TestHost, target: string) => Promise<string>;
  readonly send: (host: TestHost, target: string, body: string) => Promise<unknown>;
}

/** JSON for a parameter of this type, without a token. */
const body = (name: string, type: string, text: string): HostileRequest => ({
  name,
  unpaid: "JSON",
  async prepare(host, target) {
    const bytes = guest('(func (export "go") (param i32 i32))', { go: `(param "list" ${type})` })();
    await host.put(target, bytes, "?allow-breaking");
    return text;
  },
  send: (host, target, text) =>
    host.send("POST", `/call/${target}/go`, {
      body: text,
      headers: { "content-type": "application/json" },
      anonymous: true,
    }),
});

export const requests: readonly HostileRequest[] = [
  body("8 MB of empty lists in a list", "(list (list string))", `[[${"[],".repeat(2_700_000)}[]]]`),
  {
    name: "an upload of 200,000 parts",
    unpaid: "requests and texts",
    async prepare() {
      return `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(200_000)}--x--\r\n`;
    },
    send: (host, target, text) =>
      host.send("PUT", `/plugins/${target}`, {
        body: text,
        headers: { "content-type": "multipart/form-data; boundary=x" },
      }),
  },
];
