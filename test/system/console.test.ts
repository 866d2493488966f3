/** The console in a real browser over a real host. */
import { describe, expect, inject, it } from "vitest";
import { soakConsole } from "../../tools/soak/runs/console-open.ts";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { logger, sample } from "../guests/small-plugins.ts";
import { deployExample } from "../support/examples.ts";
import { startTestHost } from "../support/test-host.ts";
import { hasBrowser } from "./browser.ts";
import { accessibility, consoleOfFile, expectToFit, pasted } from "./console-browser.ts";

const acting = "document.title = 'taken'";
const evil = [
  `</pre></p><script>${acting}</script><img src=x onerror="${acting}">`,
  `<a href="javascript:${acting}">here</a>`,
  "\u202eright to left\u202c\u2066 \u001b[31mred\u001b[0m \u200b\u00ad\ufeff\u0000",
].join(" ");

describe.runIf(hasBrowser)("the console", () => {
  const at = consoleOfFile(async (host) => {
    const docs = { worlds: { root: { docs: evil, func_exports: { add: evil } } } };
    const sections = [
      ["package-docs", packageDocs(docs)],
      ["description", evil],
      ["version", evil],
    ] as const;
    await host.registry.deploy("calc", withSections(sample(), [...sections]));
    await host.put("chatty", logger(), "?grant=logging");
    for (const name of ["pricing", "shapes", "greet"]) await deployExample(host.registry, name);
  });

  it("shows a first visitor what to do, and is there for plugins at once", async () => {
    // As a checkout has it: from its sources.
    let isReady = false;
    const empty = await startTestHost({ ready: () => isReady });
    const { page, end } = await at.open("/", { anonymous: true, host: empty });
    await page.getByText("This host has no plugin yet").waitFor();
    expect(await page.locator("pre").nth(1).textContent()).toContain(`${empty.url}/plugins/greet`);
    await page.getByText("not now").waitFor();
    await page.getByText("Sign in with a token of scope deploy").waitFor();
    expect(await accessibility(page)).toEqual([]);
    isReady = true;
    await page.reload();
    await page.getByRole("heading", { name: "This host", exact: true }).waitFor();
    await page.getByText(/^Hotcell .*node/).waitFor();
    await empty.put("calc", sample());
    await page.getByRole("link", { name: "Plugins", exact: true }).click();
    await page.getByRole("link", { name: /^calc/ }).waitFor();
    await end();
    await empty.close();
  });

  describe.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)("in %s, %i pixels wide", (colorScheme, width) => {
    it("has no page that somebody can't use, and none that is too wide", async () => {
      const viewport = { width, height: 720 };
      const { page, end } = await at.open("/", { colorScheme, viewport });
      const places = [
        ["#/", "What changed"],
        ["#/plugins", "Find by name"],
        ["#/plugins/calc", "World"],
        ["#/plugins/calc/events", "Pause"],
        ["#/contracts", "No contracts"],
        ["#/events", "Pause"],
        ["#/nowhere", "There is no such page"],
        ["#/plugins/nobody", "no plugin"],
      ] as const;
      for (const [place, text] of places) {
        await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
        await page.getByText(text).or(page.getByPlaceholder(text)).first().waitFor();
        expect([place, await accessibility(page, colorScheme === "dark")]).toEqual([place, []]);
        await expectToFit(page);
      }
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      expect(await accessibility(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await end();
    });
  });

  it("lets one in with a token that is good, and forgets it", async () => {
    const { page, end } = await at.open("/events", { anonymous: true });
    await page.getByText("Sign in with a token of scope read").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.getByText("Paste a token first.").waitFor();
    await dialog.getByLabel("Token", { exact: true }).fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.getByText("The token is not the right one.").waitFor();
    expect(await accessibility(page)).toEqual([]);
    expect(await dialog.getByRole("link", { name: "About unauthorized" }).getAttribute("href")).toBe(
      `${at.host.url}/docs/errors/unauthorized`,
    );
    await dialog.getByLabel("Token", { exact: true }).fill(pasted);
    await page.keyboard.press("Enter");
    await page.getByText("Signed in as admin.").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")).not.toContain(
      pasted,
    );
    await page.reload();
    await page.getByText("Read only: not signed in").waitFor();
    await end();
  });

  it("keeps a token for the tab only where that is asked for", async () => {
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Token", { exact: true }).fill(pasted);
    await page.getByLabel("Keep it until this tab is closed").check();
    await page.keyboard.press("Enter");
    await page.getByText("Signed in as admin").first().waitFor();
    await page.reload();
    await page.getByText("Signed in as admin").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("The token is forgotten.").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await end();
  });

  it("says that a token was revoked while somebody was signed in", async () => {
    const { token, id } = await at.host.tokens.create({ scopes: ["read"] }, "test");
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByText(`Signed in as ${id}`).first().waitFor();
    await at.host.tokens.revoke(id, "test");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByText("The token is good no more. Sign in again.").waitFor();
    await end();
  });

  it("shows who has a token for some plugins those, and says so of others", async () => {
    const { token } = await at.host.tokens.create({ scopes: ["read"], plugins: ["chat*", "nobody"] }, "test");
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("main").getByRole("link", { name: "chatty" }).first().waitFor();
    await page.evaluate("location.hash = '#/events'");
    await page.getByText("Live", { exact: true }).waitFor();
    await at.host.call("chatty/say", ["to who may hear it"]);
    await page.getByText("to who may hear it").waitFor();
    await page.evaluate("location.hash = '#/plugins/calc/events'");
    await page.getByText("Your token is good for chat*, nobody only.").waitFor();
    await end();
  });

  it("stays open over a host that is called without growing", async () => {
    const bundled = inject("console");
    const { wrong, calls } = await soakConsole(0.03, { plugins: 5, callsPerSecond: 100, looks: 3, bundled });
    expect(wrong).toEqual([]);
    expect(calls).toBeGreaterThan(0);
  });

  it("finds a plugin by its name, by keyboard, and keeps the search in its address", async () => {
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByText("What changed").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("link", { name: /^greet/ }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("pri");
    await page.getByRole("link", { name: /^greet/ }).waitFor({ state: "detached" });
    expect(new URL(page.url()).hash).toBe("#/plugins?find=pri");
    await page.reload();
    await page.getByRole("link", { name: /^pricing/ }).press("Enter");
    await page.getByRole("heading", { level: 1, name: "pricing" }).waitFor();
    expect(await page.title()).toBe("pricing · Hotcell");
    await page.goBack();
    expect(await page.getByPlaceholder("Find by name").inputValue()).toBe("pri");
    await end();
  });

  it("shows thousands of plugins as quickly as few", async () => {
    const { page, end } = await at.open("/", { anonymous: true });
    await page.route("**/plugins", async (route) => {
      const { plugins } = (await (await route.fetch()).json()) as { plugins: object[] };
      const many = Array.from({ length: 5000 }, (_, i) => ({ ...plugins[0], name: `t${10_000 + i}` }));
      await route.fulfill({ json: { plugins: many } });
    });
    await page.getByRole("link", { name: "Plugins", exact: true }).click();
    await page.getByText("5,000 plugins").first().waitFor();
    expect(await page.getByRole("listitem").count()).toBeLessThan(120);
    await page.evaluate("scrollTo(0, 1e9)");
    await page.getByRole("link", { name: /^t14999/ }).waitFor();
    await end();
  });

  it("shows events and log lines as they come, holds them, and finds some", async () => {
    const { page, end } = await at.open("/events");
    await page.getByText("Live", { exact: true }).waitFor();
    await at.host.call("chatty/say", ["hello there"]);
    await page.getByText("hello there").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await at.host.call("chatty/say", ["while it was held"]);
    await page.getByText("Paused, 1 new").waitFor();
    expect(await page.getByText("while it was held").count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("while it was held").waitFor();
    await page.getByPlaceholder("Find in events").fill("hello");
    await page.getByText("while it was held").waitFor({ state: "detached" });
    await page.getByLabel("Kind").selectOption("deployed");
    await page.getByText("None of the last events fits.").waitFor();
    await page.getByPlaceholder("Find in events").fill("pricing");
    await page.getByText("created: revision 1").waitFor();
    await end();
  });

  it("tells who was woken what ends a plugin's calls", async () => {
    await at.host.call("calc/boom", []);
    const { page, end } = await at.open("/plugins/calc");
    await page.getByRole("heading", { name: "Some calls failed" }).waitFor();
    await page
      .getByText('The plugin calc trapped while calling "boom": unreachable.')
      .or(page.getByText("unreachable"))
      .first()
      .waitFor();
    await page.getByRole("link", { name: "Its events and logs" }).click();
    await page.getByText("created: revision 1").waitFor();
    await end();
  });

  it("draws what the host and a plugin do, as it goes on", async () => {
    await at.host.call("greet/greet", ["Ada"]);
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByRole("link", { name: "calc" }).first().waitFor();
    // Two steps of the series have to be over.
    const charts = page.locator(".chart canvas");
    await charts.first().waitFor();
    expect(await charts.count()).toBe(4);
    expect(await accessibility(page)).toEqual([]);
    await page.getByRole("button", { name: "Day" }).click();
    await page.getByText("Figures begin with the host").waitFor();
    expect(new URL(page.url()).hash).toBe("#/?range=day");
    await page.evaluate("location.hash = '#/plugins/greet'");
    await page.getByRole("button", { name: "Hour" }).waitFor();
    await charts.first().waitFor();
    await end();
  });

  it("shows what plugins write as text, and what would act on it as what it is", async () => {
    await at.host.call("chatty/say", [evil]);
    const { page, end } = await at.open("/plugins/calc");
    await page.getByRole("heading", { name: "World" }).waitFor();
    expect(await page.locator(".lead").textContent()).toContain(`<script>${acting}</script>`);
    for (const place of ["#/plugins/calc", "#/plugins/chatty/events", "#/events", "#/plugins"]) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page
        .getByRole("main")
        .getByText(/calc|chatty|script/)
        .first()
        .waitFor();
      const text = (await page.getByRole("main").textContent())!;
      expect(text).not.toMatch(/[[\p{Cc}\p{Bidi_C}\u00ad\u200b\ufeff]--[\t\n]]/v);
      const inside =
        "main script, main img, main [onerror], main [href^='javascript:'], main iframe, main style";
      expect(await page.locator(inside).count()).toBe(0);
    }
    await page.evaluate("location.hash = '#/plugins/chatty/events'");
    await page.getByText("\\u{202e}right to left").first().waitFor();
    expect(await page.title()).not.toBe("taken");
    await end();
  });

  it("speaks English and Chinese, in light and dark, and remembers which", async () => {
    const { page, end } = await at.open("/", { locale: "zh-CN", anonymous: true });
    await page.getByRole("heading", { name: "概览" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh");
    expect(await accessibility(page)).toEqual([]);
    await page.getByLabel("语言").selectOption("en");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await ground();
    await page.getByLabel("Appearance").selectOption("dark");
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(await ground()).not.toBe(light);
    await end();
  });

  it("leads past the navigation, and to the content of a page that was gone to", async () => {
    const { page, end } = await at.open("/", { anonymous: true });
    await page.getByText("What changed").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const focused = () => page.evaluate("document.activeElement.id");
    expect(await focused()).toBe("content");
    await page.getByRole("link", { name: "Contracts" }).click();
    await page.getByText("No contracts").waitFor();
    expect(await focused()).toBe("content");
    expect(new URL(page.url()).hash).toBe("#/contracts");
    await end();
  });

  it("says so when the host is gone, and goes on when it is there again", async () => {
    const { page, end } = await at.open("/events");
    await page.getByText("Live", { exact: true }).waitFor();
    await page.context().setOffline(true);
    await page.evaluate("location.hash = '#/plugins/pricing'");
    await page.getByText("The host does not answer").first().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "World" }).waitFor();
    await end();
  });
});
