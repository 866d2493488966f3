/** The console by keyboard alone, and what opens over it: for everybody, and back to where one was. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { withSections } from "../component/custom-sections.ts";
import { hasBrowser } from "./browser.ts";
import { accessibility, consoleOfFile, expectToFit, pasted } from "./console-browser.ts";

const built = (name: string) => readFile(`build/${name}.wasm`);
const isFocused = async (locator: Locator) =>
  (await locator.and(locator.page().locator(":focus")).count()) === 1;

/** Presses Tab until that has the focus. */
async function reach(page: Page, locator: Locator): Promise<void> {
  await locator.waitFor();
  for (let i = 0; i < 80; i++) {
    if (await isFocused(locator)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${locator}.`);
}

async function press(page: Page, locator: Locator): Promise<void> {
  await reach(page, locator);
  await page.keyboard.press("Enter");
}

/** Expects a state of the page to be for everybody: in light, in dark, on a phone. */
async function expectForAll(page: Page, state: string): Promise<void> {
  const wrong = [...(await accessibility(page))];
  await page.emulateMedia({ colorScheme: "dark" });
  wrong.push(...(await accessibility(page, true)));
  await page.emulateMedia({ colorScheme: "light" });
  expect({ state, wrong }).toEqual({ state, wrong: [] });
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 740 });
  await expectToFit(page);
  await page.setViewportSize(size);
}

describe.runIf(hasBrowser)("the console by keyboard", () => {
  const at = consoleOfFile(async ({ host: { registry }, tokens }) => {
    await registry.deploy("greet", withSections(await built("greet"), [["note", "the one before"]]));
    await registry.deploy("words", await built("greet"));
    await registry.deploy("words", await built("counter"), { allowBreaking: true });
    await registry.deploy("kept", await built("counter-kv"), { grant: ["kv"] });
    await registry.values("kept").put("default", "a", Buffer.from("1"));
    await registry.contracts.put("held", await built("counter"), { plugins: [] });
    await tokens.create({ name: "pipeline", scopes: ["read"] }, "test");
  });

  it("is at the page, and at what comes of an act, as soon as that is there: nobody is taken back later", async () => {
    const { page, end } = await at.open("/events");
    await page.getByRole("heading", { name: "Events" }).waitFor();
    /** Id or text of what has the focus when something comes into the page. */
    const focusAt = (hash: string, selector: string) =>
      page.evaluate(
        `new Promise((resolve) => {
          new MutationObserver(() => {
            if (!document.querySelector(${JSON.stringify(selector)})) return;
            resolve(document.activeElement.id || document.activeElement.textContent);
          }).observe(document.body, { childList: true, subtree: true });
          location.hash = ${JSON.stringify(hash)};
        })`,
      );
    expect(await focusAt("/upload", "input[type=file]")).toBe("content");
    await page.evaluate(`location.hash = "#/plugins/kept/data/default"`);
    await page.getByRole("link", { name: "a", exact: true }).waitFor();
    expect(await focusAt("#/plugins/kept/data/default?key=:a", "textarea")).toBe("a");
    await end();
  });

  it("leads from sign-in by an upload, its plan and a call to a rollback, and loses nobody on the way", async () => {
    const { page, end } = await at.open("/", { anonymous: true });
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    await press(page, button("Sign in"));
    await expectForAll(page, "signing in");
    await page.keyboard.type(pasted);
    await page.keyboard.press("Enter");
    await page.getByText("Signed in as admin").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    const file = page.getByLabel("Drop a component here, or choose it");
    // The browser is told to ask the test only a while after that is wanted: not just before the key.
    const asked = page.waitForEvent("filechooser");
    await reach(page, file);
    await page.keyboard.press("Enter");
    const chooser = await asked;
    await chooser.setFiles("build/greet.wasm");
    await reach(page, page.getByLabel("Name"));
    expect(await page.getByLabel("Name").inputValue()).toBe("greet");
    await page.keyboard.press("Enter");
    const plan = page.getByRole("heading", { name: "Plan: replaces revision 1 of greet" });
    await plan.waitFor();
    expect(await isFocused(plan)).toBe(true);
    await expectForAll(page, "a plan");
    await press(page, button("Make it live"));
    const live = page.getByRole("heading", { name: "greet is live as revision 2" });
    await live.waitFor();
    expect(await isFocused(live)).toBe(true);
    await expectForAll(page, "an upload that is live");
    await press(page, page.getByRole("link", { name: "Open greet" }));
    await press(page, page.getByRole("link", { name: "Call", exact: true }));
    await reach(page, page.getByLabel("name", { exact: true }));
    await page.keyboard.type("Ada");
    await press(page, button("Call"));
    await page.getByText('"Hello, Ada!"').waitFor();
    await expectForAll(page, "a result");
    await press(page, page.getByRole("link", { name: "History", exact: true }));
    await press(page, button("Roll back"));
    const dialog = page.getByRole("dialog");
    await dialog.getByText("What callers notice").waitFor();
    await press(page, dialog.getByRole("button", { name: "Roll back" }));
    await page.getByRole("heading", { name: "Revision 3 another version" }).waitFor();
    // The button that was pressed may be gone with its version.
    expect(await page.evaluate("document.activeElement.closest('main') !== null")).toBe(true);
    await end();
  });

  const dialogs = [
    ["/tokens", "Make a token", "Scopes"],
    ["/tokens", "Revoke pipeline", "Revoke"],
    ["/plugins/words/history", "Roll back", "The exported function increment is gone"],
    ["/plugins/kept", "Remove", "Cancel"],
    ["/plugins/kept/data/default?key=:a", "Delete", "Delete"],
    ["/contracts", "Put a version", "World or component"],
    ["/contracts", "Remove held", "Remove"],
    ["/plugins", "Keyboard shortcuts", "Overview"],
  ] as const;

  it("opens dialogs that are for everybody, keep the focus, and give it back", async () => {
    const { page, end } = await at.open("/");
    const dialog = page.getByRole("dialog");
    for (const [place, opener, text] of dialogs) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      const button = page.getByRole("button", { name: opener, exact: true });
      await button.focus();
      await page.keyboard.press("Enter");
      await dialog.getByText(text).first().waitFor();
      await expectForAll(page, opener);
      for (let i = 0; i < 3; i++) await page.keyboard.press("Tab");
      const inside =
        "document.activeElement === document.body || document.activeElement.closest('dialog') !== null";
      expect([opener, await page.evaluate(inside)]).toEqual([opener, true]);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect([opener, await isFocused(button)]).toEqual([opener, true]);
    }
    await end();
  });

  it("keeps the focus where what had it is gone, and makes each state for everybody", async () => {
    const { page, end } = await at.open("/tokens");
    const dialog = page.getByRole("dialog");
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    const focused = () => page.evaluate("document.activeElement.innerText || document.activeElement.id");
    await button("Make a token").click();
    await dialog.getByRole("checkbox", { name: /^read/ }).check();
    await dialog.getByRole("button", { name: "Make a token" }).press("Enter");
    await page.getByRole("dialog", { name: "Here is the token" }).waitFor();
    await expect.poll(focused).toBe("I have it");
    await expectForAll(page, "a token that is made");
    await page.keyboard.press("Enter");
    await button("Revoke pipeline").press("Enter");
    await dialog.getByRole("button", { name: "Revoke" }).press("Enter");
    await button("Revoke pipeline").waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("content");

    await page.evaluate(`location.hash = "#/upload?plugin=words"`);
    const drop = page.getByLabel("Drop a component here, or choose it");
    await drop.setInputFiles("build/friendly-time-v1.wasm");
    await button("Show the plan").press("Enter");
    await page.getByLabel("Grant clocks").waitFor();
    await expectForAll(page, "a refusal that asks for a grant");
    await drop.setInputFiles("build/greet.wasm");
    await button("Show the plan").press("Enter");
    await page.getByLabel("Replace it all the same").waitFor();
    await expectForAll(page, "a refusal of what breaks callers");

    await page.evaluate(`location.hash = "#/plugins/words/settings"`);
    await page.getByLabel("Mode").selectOption("fresh");
    await button("Show what changes").press("Enter");
    await page.getByText("mode", { exact: true }).waitFor();
    await expectForAll(page, "a plan of settings");
    await at.host.registry.configure("words", { limits: { queue: 7 } });
    await button("Apply").press("Enter");
    await page.getByRole("heading", { name: "Somebody else was quicker" }).waitFor();
    await expectForAll(page, "settings that somebody else has changed");
    await end();
  });
});
