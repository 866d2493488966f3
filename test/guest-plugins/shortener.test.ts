/** The example `shortener` over HTTP, where `requests.json` does not reach: many at once, and a store that is full. */
import { expect, it } from "vitest";
import { exampleChecks, exampleWasm } from "../support/examples.ts";
import { hostOfFile } from "../support/hosts.ts";

const host = await hostOfFile();
const { settings = {} } = exampleChecks("shortener");
await host.registry.deploy("shortener", exampleWasm("shortener"), { settings });
const url = (path: string) => new URL(`/http/shortener/${path}`, host.url);

async function shorten(long: string): Promise<{ status: number; code: string }> {
  const response = await fetch(url(""), { method: "POST", body: long });
  const text = await response.text();
  return { status: response.status, code: response.ok ? JSON.parse(text).code : text };
}

const follow = async (code: string) => {
  const response = await fetch(url(code), { redirect: "manual" });
  await response.body?.cancel();
  return [response.status, response.headers.get("location")];
};

// Both have the hash sck8wy.
const [one, other] = ["https://example.com/21143", "https://example.com/32834"];

it("gives two URLs of one hash a code each, however many ask at once", async () => {
  const asked = Array.from({ length: 12 }, (_, i) => shorten(i % 2 === 0 ? one : other));
  const answers = await Promise.all(asked);
  const codes = [0, 1].map((odd) => new Set(answers.filter((_, i) => i % 2 === odd).map(({ code }) => code)));
  expect(codes.map(({ size }) => size)).toEqual([1, 1]);
  const [[first], [second]] = codes.map((each) => [...each]) as [[string], [string]];
  expect(first).not.toBe(second);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  expect([await follow(first), await follow(second)]).toEqual([
    [302, one],
    [302, other],
  ]);
});

it("counts everybody who follows a link at once", async () => {
  const { code } = await shorten("https://example.com/counted");
  await Promise.all(Array.from({ length: 10 }, () => follow(code)));
  expect(await (await fetch(url(`${code}/stats`))).json()).toMatchObject({ hits: 10 });
});

it("still sends people on where its quota leaves no room for a count", async () => {
  const { code } = await shorten("https://example.com/last");
  await host.registry.configure("shortener", { grants: { kv: { keys: 1 } } });
  expect(await follow(code)).toEqual([302, "https://example.com/last"]);
  const full = await shorten("https://example.com/too-many");
  expect(full).toMatchObject({ status: 502, code: expect.stringContaining("bucket urls") });
});
