/** What many plugins, large settings and long histories make of an answer. */
import { beforeEach, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";

const { host, start } = hostsOfTests();
beforeEach(() => start());

const patch = (env: Record<string, string>) =>
  host.send("PATCH", "/plugins/a", {
    body: JSON.stringify({ env }),
    headers: { "content-type": "application/json" },
  });

it("plugins are listed in pages that say where the next one begins", async () => {
  const names = ["a", "b", "b-1", "c", "d"];
  for (const name of names) await host.put(name, sample());
  const listed: string[] = [];
  let pages = 0;
  for (let after: string | undefined = ""; after !== undefined; pages++) {
    const { status, json } = await host.send("GET", `/plugins?limit=2&after=${after}`);
    expect(status).toBe(200);
    listed.push(...json.plugins.map(({ name }: { name: string }) => name));
    after = json.next;
  }
  expect({ listed, pages }).toEqual({ listed: names, pages: 3 });
  const all = await host.send("GET", "/plugins");
  expect(all.json.plugins).toHaveLength(5);
  expect(all.json).not.toHaveProperty("next");
  expect((await host.send("GET", "/plugins?after=zz")).json).toEqual({ plugins: [] });
  expect(await host.send("GET", "/plugins?limit=0")).toMatchObject({
    status: 400,
    json: { code: "bad-request" },
  });
});

it("checks don't grow beyond a bound", async () => {
  const text = "\u4e16".repeat(25_000);
  const calls = Array.from({ length: 2 }, () => ({ call: "echo", args: [text], returns: text }));
  const upload = host.registry.deploy("a", sample(), { checks: { calls } });
  await expect(upload).rejects.toMatchObject({
    code: "bad-settings",
    facts: { subject: "checks", limit: "262144 bytes", remedy: expect.any(String) },
  });
  expect(host.registry.list()).toEqual([]);
  await host.registry.deploy("a", sample(), { checks: { calls: calls.slice(1) } });
});

it("a history is given in pages of bounded size, all of it to those who go on", async () => {
  await host.put("a", sample());
  for (let i = 0; i < 12; i++) {
    expect((await patch({ large: `${i}${"x".repeat(120_000)}` })).status).toBe(200);
  }
  const revisions: number[] = [];
  let before = "";
  for (let pages = 0; pages < 10; pages++) {
    const { text, json } = await host.send("GET", `/plugins/a/deployments${before}`);
    expect(text.length).toBeLessThan(1.3 * 1024 * 1024);
    revisions.push(...json.deployments.map(({ revision }: { revision: number }) => revision));
    if (revisions.at(-1) === 1 || json.deployments.length === 0) break;
    before = `?before=${revisions.at(-1)}`;
  }
  expect(revisions).toEqual(Array.from({ length: 13 }, (_, i) => 13 - i));
  expect((await host.send("GET", "/plugins/a/versions")).json.versions[0].revisions).toHaveLength(13);
});
