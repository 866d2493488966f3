/** Requests that cost the host far more than who sends them, as rows of `bench -- harden`; what they must come to is tested by part. */

import { sample } from "../../guests/small-plugins.ts";
import type { Body, TestHost } from "../../support/test-host.ts";
import type { Unpaid } from "../attack.ts";
import { hugeWorld } from "../huge-world.ts";
import { type HostileBody, hostileBodies, taker } from "./bodies.ts";
import { bombs } from "./bombs.ts";
import { wideContract } from "./contracts.ts";

export interface HostileRequest {
  readonly name: string;
  readonly unpaid: Unpaid;
  /** Gives the body, after deploying over `target` what it is sent to. */
  readonly prepare: (host: TestHost, target: string) => Promise<Body>;
  readonly send: (host: TestHost, target: string, body: Body) => Promise<unknown>;
}

/** JSON for a parameter of some type, without a token. */
const body = ({ name, to, text }: HostileBody): HostileRequest => ({
  name: `JSON: ${name}`,
  unpaid: "JSON",
  async prepare(host, target) {
    await host.put(target, taker(), "?allow-breaking");
    return text();
  },
  send: (host, target, sent) =>
    host.send("POST", `/call/${target}/${to}`, {
      body: sent,
      headers: { "content-type": "application/json" },
      anonymous: true,
    }),
});

export const requests: readonly HostileRequest[] = [
  ...hostileBodies.map(body),
  ...bombs.map(
    ({ name, coding, bytes }): HostileRequest => ({
      name,
      unpaid: "requests and texts",
      async prepare(host, target) {
        await host.put(target, taker(), "?allow-breaking");
        return bytes();
      },
      send: (host, target, sent) =>
        host.send("POST", `/call/${target}/word`, {
          body: sent,
          headers: { "content-type": "application/json", "content-encoding": coding },
          anonymous: true,
        }),
    }),
  ),
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
  {
    name: "the document of plugins with huge worlds",
    unpaid: "descriptions and contracts",
    async prepare(host) {
      for (let i = 0; i < 4; i++) await host.registry.deploy(`huge-${i}`, hugeWorld());
      return "";
    },
    send: (host) => host.send("GET", "/openapi.json", { anonymous: true }),
  },
  {
    name: "a contract of 500 functions that 60 plugins miss",
    unpaid: "descriptions and contracts",
    async prepare(host) {
      for (let i = 0; i < 60; i++) await host.registry.deploy(`crowd-${i}`, sample());
      return wideContract();
    },
    send: (host, _, world) =>
      host.send("PUT", "/contracts/wide?plugins=crowd-*&dry-run", {
        body: world,
        headers: { "content-type": "application/wasm" },
      }),
  },
];
