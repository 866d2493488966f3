/** Several hosts by the console in a real browser: which of them is late, and versions that one of them tries first. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { BuiltConsole } from "../../../host/console/built-console.ts";
import { shopWit } from "../../guests/shop-guest.ts";
import { sample } from "../../guests/small-plugins.ts";
import { startTestRegistry } from "../../sources/oci/test-registry.ts";
import { startTestHost, type TestHost } from "../../support/test-host.ts";
import { refusalOf } from "../../support/thrown.ts";
import { hasBrowser } from "../browser.ts";
import { accessibility, consoleOfFile, expectToFit } from "../console-browser.ts";

const rollout = { time: "2m", calls: 500 };

describe.runIf(hasBrowser)("several hosts by the console", () => {
  const at = consoleOfFile();
  const opened = new AsyncDisposableStack();
  let data: string;
  let one: TestHost;
  let other: TestHost;
  beforeAll(async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    data = await mkdtemp(join(tmpdir(), "hotcell-console-hosts-"));
    opened.defer(() => rm(data, { recursive: true }));
    const own = { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }) };
    const options = { data, shareData: true, consoleFiles: new BuiltConsole(inject("console")) };
    one = opened.adopt(await startTestHost({ ...options, capabilities: { "acme:shop/db": own } }), (host) =>
      host.close(),
    );
    other = opened.adopt(await startTestHost(options), (host) => host.close());
  });
  afterAll(() => opened.disposeAsync());
  const until = (seen: () => Promise<void> | void) => vi.waitFor(seen, { timeout: 30_000 });
  const follows = (name: string, revision: number) =>
    until(() => expect(other.registry.revision(name)).toBe(revision));

  it("tells of a rollout wherever it is looked at, how it goes, and stops it once it has asked", async () => {
    await one.registry.deploy("shop", sample(), { settings: { rollout } });
    await follows("shop", 1);
    await one.registry.callJson("shop", "version");
    const deploying = refusalOf(other.registry.deploy("shop", sample({ version: 2 })));
    await until(() => expect(other.registry.details("shop").rollout).toBeDefined());
    await one.registry.callJson("shop", "version");
    for (const [host, width, locale] of [
      [one, 360, "en-US"],
      [other, 1280, "zh-CN"],
      [other, 1280, "en-US"],
    ] as const) {
      const { page, end } = await at.open("/plugins/shop", {
        host,
        locale,
        viewport: { width, height: 740 },
      });
      const note = page.getByRole("region", {
        name: locale === "zh-CN" ? "新版本正在一台主机上试运行" : "A version is tried on one host",
      });
      // The host that has the cell tries it, whoever was asked.
      await note.getByText(one.url).waitFor();
      await note
        .getByText(locale === "zh-CN" ? "1 次调用，0 次使沙箱终止" : "1 call, 0 ended their cell")
        .first()
        .waitFor();
      expect([width, await accessibility(page)]).toEqual([width, []]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect([width, await accessibility(page, true)]).toEqual([width, []]);
      await expectToFit(page);
      if (width === 1280 && locale === "en-US") {
        const stop = note.getByRole("button", { name: "Stop the rollout" });
        await stop.focus();
        await page.keyboard.press("Enter");
        const dialog = page.getByRole("dialog", { name: "Stop the rollout of shop?" });
        await dialog.waitFor();
        expect(await accessibility(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        expect(other.registry.details("shop").rollout).toBeDefined();
        await stop.click();
        await dialog.getByRole("button", { name: "Stop the rollout" }).click();
        await page.getByText("The rollout of shop is stopped.").waitFor();
        await note.waitFor({ state: "detached" });
      }
      await end();
    }
    expect((await deploying).code).toBe("rollout-stopped");
    expect(await other.registry.callJson("shop", "version")).toBe(1);
  });

  it("says in plans that it would be one, and sends it to all hosts at once where that is asked for", async () => {
    await one.registry.deploy("words", sample(), { settings: { rollout } });
    await follows("words", 1);
    const file = join(data, "words.wasm");
    await writeFile(file, sample({ version: 2 }));
    const { page, end } = await at.open("/upload?plugin=words", {
      host: one,
      viewport: { width: 360, height: 740 },
    });
    await page.getByLabel("Drop a component here, or choose it").setInputFiles(file);
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("One of 2 hosts tries it for 2m or 500 calls, then the others get it.").waitFor();
    expect(await accessibility(page)).toEqual([]);
    await expectToFit(page);
    await page.getByLabel("Send it to all hosts at once").check();
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByRole("heading", { name: "words is live as revision 2" }).waitFor();
    const [last] = await one.registry.deployments("words");
    expect(last!.details).not.toHaveProperty("tried");
    await end();
    const settings = await at.open("/plugins/words/settings", { host: one });
    const { page: form } = settings;
    await form.getByLabel("Placement", { exact: true }).selectOption("process");
    await form.getByRole("button", { name: "Show what changes" }).click();
    await form.getByText("One of 2 hosts tries it for 2m or 500 calls").waitFor();
    await form.getByLabel("Send it to all hosts at once").waitFor();
    await settings.end();
  });

  it("names the hosts, and the one that is behind with a plugin", async () => {
    await one.registry.deploy("needs", sample(), { settings: { mode: "fresh" } });
    await follows("needs", 1);
    await other.registry.callJson("needs", "version");
    await one.registry.configure("needs", { grants: { "shop-db": true } });
    await until(() => expect(other.registry.behind).toBe(1));
    for (const width of [360, 1280]) {
      const { page, end } = await at.open("/", { host: one, viewport: { width, height: 740 } });
      const hosts = page.getByRole("region", { name: "Hosts" });
      await hosts.getByText("this host").waitFor();
      const row = hosts.getByRole("row").filter({ hasText: other.url });
      await row.getByText("late").waitFor();
      expect(await row.textContent()).toContain("an earlier revision of needs");
      expect(await hosts.getByRole("row").filter({ hasText: one.url }).textContent()).toContain(
        "all as it is stored",
      );
      expect([width, await accessibility(page)]).toEqual([width, []]);
      await expectToFit(page);
      await end();
    }
  });

  it("says where a version was pulled from, and what the plugin follows", async () => {
    const registry = await startTestRegistry();
    opened.defer(() => registry.close());
    registry.put("acme/calc", "1", sample());
    const host = await startTestHost({
      registries: [`${registry.url}/acme`],
      consoleFiles: new BuiltConsole(inject("console")),
    });
    const oci = `${registry.name}/acme/calc:1`;
    const answer = await host.send("PUT", "/plugins/calc", {
      body: JSON.stringify({ oci }),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(201);
    await host.registry.configure("calc", { source: { oci, watch: "1h" } });
    await host.host.checkSource("calc");
    const { page, end } = await at.open("/plugins/calc", { host, viewport: { width: 360, height: 740 } });
    const facts = page.locator("dl.fact-list > div");
    await facts.filter({ hasText: "Pulled from" }).getByText(oci).waitFor();
    await facts.filter({ hasText: "Follows" }).getByText("looked at").waitFor();
    expect(await accessibility(page)).toEqual([]);
    await expectToFit(page);
    await end();
    await host.close();
  });

  it("names workers that do not answer in time", async () => {
    const { page, end } = await at.open("/", { host: one, viewport: { width: 360, height: 740 } });
    // Of a browser's connections as many would be with the worker that stands still as with the others.
    const late = { workers: { answered: [{}], late: [2] }, lateWorkers: 1 };
    await page.route(/\/readyz\?verbose|\/plugins\/shop$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), ...late } });
    });
    await page.reload();
    const health = page.locator("dl.fact-list > div").filter({ hasText: "Workers" });
    await health.getByText("late: 2").waitFor();
    expect(await accessibility(page)).toEqual([]);
    await expectToFit(page);
    await page.goto(`${one.url}/console/#/plugins/shop`);
    await page.getByText("Without what one worker counts").waitFor();
    await end();
  });
});
