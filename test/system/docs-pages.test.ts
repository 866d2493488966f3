/** The docs page and those of errors in a real browser: nothing of what plugins say acts in it, and people find their way. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { sample } from "../guests/small-plugins.ts";
import { deployExample } from "../support/examples.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";
import { browserOfFile, hasBrowser } from "./browser.ts";

const acting = "document.title = 'taken'";
const evil = [
  `</pre></p><script>${acting}</script>`,
  `<img src=x onerror="${acting}">`,
  `<a href="javascript:${acting}">here</a>`,
  `<style>main { display: none }</style><meta http-equiv="refresh" content="0;url=/taken"><base href="//evil.example/">`,
  `\u{f0000}x" onclick="${acting}\u{f0000}`,
].join("\n");

describe.runIf(hasBrowser)("pages of the host in a browser", () => {
  const browser = browserOfFile();
  let host: TestHost;
  beforeAll(async () => {
    host = await startTestHost();
    const docs = { worlds: { root: { docs: evil, func_exports: { add: evil, divide: evil } } } };
    const sections = [
      ["package-docs", packageDocs(docs)],
      ["description", evil],
    ] as const;
    await host.registry.deploy("calc", withSections(sample(), [...sections]));
    for (const name of ["pricing", "shapes"]) await deployExample(host.registry, name);
  });
  afterAll(() => host.close());

  /** The page, and what it complained of or asked for besides. */
  const open = async (path: string): Promise<{ page: Page; noticed: string[] }> => {
    const page = await browser().newPage();
    const noticed: string[] = [];
    page.on("console", (message) => noticed.push(message.text()));
    page.on("pageerror", (error) => noticed.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== host.url + path) noticed.push(request.url());
    });
    await page.goto(host.url + path);
    return { page, noticed };
  };

  it.each(["/docs", "/docs?plugin=calc", "/docs/errors", "/docs/errors/bad-argument"])(
    "%s loads nothing, runs nothing, and complains of nothing",
    async (path) => {
      const { page, noticed } = await open(path);
      for (const link of await page.locator('a[href^="#type-x"]').all()) await link.click();
      expect(noticed).toEqual([]);
      expect(await page.title()).not.toBe("taken");
      expect(await page.locator("script, img, base, [onclick], [href^='javascript:']").count()).toBe(0);
      // Its own style is let through by the policy.
      expect(await page.evaluate("getComputedStyle(document.body).maxWidth")).toBe("960px");
      await page.close();
    },
  );

  it("has names for what is in it, and headings in order", async () => {
    const { page } = await open("/docs");
    expect(await page.getByRole("navigation", { name: "Plugins" }).getByRole("link").count()).toBe(4);
    for (const name of ["calc", "pricing", "shapes", "host"]) {
      expect(await page.getByRole("main").getByRole("region", { name, exact: true }).count()).toBe(1);
    }
    const levels = await page
      .getByRole("heading")
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    expect(levels[0]).toBe(1);
    for (const [i, level] of levels.slice(1).entries()) expect(level - levels[i]!).toBeLessThanOrEqual(1);
    const unnamed = await page
      .getByRole("link")
      .evaluateAll((all) => all.filter((link) => !link.textContent?.trim()).length);
    expect(unnamed).toBe(0);
    await page.close();
  });

  it("leads from a function to its types, and to the errors", async () => {
    const { page } = await open("/docs?plugin=pricing");
    const pricing = page.getByRole("region", { name: "pricing" });
    await pricing.getByRole("link", { name: "quote" }).first().click();
    expect(new URL(page.url()).hash).toBe("#type-pricing.quote");
    expect(await page.locator(":target").textContent()).toBe("Type quote");
    await page.getByRole("link", { name: "Errors" }).click();
    await page.getByRole("link", { name: "bad-argument" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "bad-argument: Invalid argument",
    );
    await page.getByRole("link", { name: "All errors" }).click();
    expect(new URL(page.url()).pathname).toBe("/docs/errors");
    await page.close();
  });

  it("fits a narrow screen", async () => {
    const { page } = await open("/docs");
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.close();
  });
});
