/** What the components of `served-builds.ts` have to do, over HTTP. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createHost } from "../../../host/host.ts";
import { serve } from "../../../host/server.ts";

const token = "third-party-third-party";

/** Requests at one time, of which each waits 30 ms. */
const atOnce = 8;

/** Throws unless the component is refused without grants, and serves in both placements with them. Returns what was measured. */
export async function checkServed(component: string): Promise<string> {
  const bytes = await readFile(component);
  const upstream = createServer((request, response) => {
    response.writeHead(201, { "x-upstream": `${request.method} by ${request.headers["x-through"]}` });
    request.pipe(response);
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const host = await createHost({ log: () => {}, allow: ["private", `${origin}/*`] });
  const server = await serve(host, { host: "127.0.0.1", port: 0, token, privateCalls: false });
  const measured: string[] = [];
  try {
    const upload = async (placement: string, grants: object) => {
      const form = new FormData();
      form.set("plugin", new Blob([bytes], { type: "application/wasm" }));
      form.set("settings", JSON.stringify({ placement, grants, limits: { processMemory: 2 ** 30 } }));
      return fetch(`${server.url}/plugins/served-${placement}`, {
        method: "PUT",
        headers: { Authorization: `Bearer ${token}` },
        body: form,
      });
    };
    const refused = await upload("inline", {});
    deepStrictEqual([refused.status, await codeOf(refused)], [403, "import-not-granted"]);
    for (const placement of ["inline", "process"]) {
      const begun = performance.now();
      const http = { allow: [`${origin}/open/*`], private: true };
      const answer = await upload(placement, { clocks: true, random: true, logging: true, http });
      ok(answer.ok, await answer.text());
      const uploaded = performance.now() - begun;
      const url = `${server.url}/http/served-${placement}`;
      await answersWell(url);
      await asksWell(url, origin);
      const times = await timesOf(`${url}/hello?name=Ada`);
      measured.push(`${placement}: up in ${uploaded.toFixed()} ms, a request ${times.toFixed(1)} ms`);
    }
  } finally {
    await server.close();
    await host.close();
    upstream.closeAllConnections();
    upstream.close();
  }
  return measured.join("; ");
}

async function answersWell(url: string): Promise<void> {
  const hello = await fetch(`${url}/hello?name=Ada`);
  deepStrictEqual([hello.status, await hello.text()], [200, "Hello, Ada!"]);
  ok(hello.headers.get("x-made-by"), "a header of its own");

  const sent = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const echo = await fetch(`${url}/echo`, {
    method: "POST",
    headers: { "content-type": "application/x-sent" },
    body: sent,
  });
  deepStrictEqual([echo.status, echo.headers.get("content-type")], [200, "application/x-sent"]);
  ok(Buffer.from(sent).equals(Buffer.from(await echo.arrayBuffer())), "the body comes back");

  const lines = await fetch(`${url}/lines`);
  deepStrictEqual(lines.headers.get("content-length"), null);
  deepStrictEqual(await lines.text(), [1, 2, 3, 4, 5].map((line) => `line ${line}\n`).join(""));

  for (let i = 0; i < 3; i++) deepStrictEqual(await (await fetch(`${url}/count`)).text(), "1");
  const naps = Array.from({ length: atOnce }, async () => (await fetch(`${url}/nap`)).text());
  deepStrictEqual(
    await Promise.race([Promise.all(naps), pause(30_000, "it hangs", { ref: false })]),
    Array(atOnce).fill("slept"),
  );

  const fails = await fetch(`${url}/fail`);
  deepStrictEqual(fails.status, 502);
  match(await codeOf(fails), /^(trap|handler-error|no-response|exited)$/);
  const outside = await fetch(`${url}/outside`);
  deepStrictEqual(outside.status, 502);
  deepStrictEqual((await fetch(`${url}/nowhere`)).status, 404);
}

/** Requests that it sends by itself: bodies both ways, and none beyond its grant. */
async function asksWell(url: string, origin: string): Promise<void> {
  const asked = await fetch(`${url}/through?to=${origin}/open/get`);
  match(asked.headers.get("x-upstream") ?? "", /^GET by [a-z]+$/);
  deepStrictEqual([asked.status, await asked.text()], [201, ""]);
  const sent = new Uint8Array(1_000_000).map((_, i) => i % 241);
  const posts = Array.from({ length: atOnce }, async () => {
    const posted = await fetch(`${url}/through?to=${origin}/open/post`, { method: "POST", body: sent });
    match(posted.headers.get("x-upstream") ?? "", /^POST by [a-z]+$/);
    ok(Buffer.from(sent).equals(Buffer.from(await posted.arrayBuffer())), "the body goes through");
  });
  ok(await Promise.race([Promise.all(posts), pause(60_000, undefined, { ref: false })]), "it hangs");
  for (const other of [`${origin}/closed`, "http://127.0.0.1:1/open/"])
    deepStrictEqual((await fetch(`${url}/through?to=${other}`)).status, 502);
}

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { code: string }).code;
}

/** Median of requests one after the other, in milliseconds. */
async function timesOf(url: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    const begun = performance.now();
    await (await fetch(url)).text();
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[25]!;
}
