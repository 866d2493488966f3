/** Values by key and tokens by the console in a real browser. */
import { readFile } from "node:fs/promises";
import type { Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile } from "./console-browser.ts";

describe.runIf(hasBrowser)("values and tokens by the console", () => {
  const at = consoleOfFile(async ({ registry }) => {
    await registry.deploy("shop", await readFile("build/counter-kv.wasm"), { grant: ["kv"] });
  });

  const values = () => at.host.registry.values("shop");
  const textAt = async (key: string) => Buffer.from((await values().get("default", key)).value).toString();
  const put = (key: string, text: string) => values().put("default", key, Buffer.from(text));

  it("are listed, read in several forms, changed, deleted and brought back", async () => {
    const evil = `<img src=x onerror="document.title='taken'">`;
    for (const key of [evil, "", ".."]) await put(key, "x");
    await put("settings", '{"depth":3}');
    await values().put("default", "bytes", Uint8Array.of(0, 255, 254));
    const { page, end } = await at.open("/plugins/shop/data");
    await page.getByRole("link", { name: "default" }).click();
    await page.getByRole("link", { name: "settings", exact: true }).click();
    const value = page.getByLabel("Value");
    await expect.poll(() => value.inputValue()).toBe('{\n  "depth": 3\n}');
    await value.fill('{"depth":4}');
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    expect(await textAt("settings")).toBe('{"depth":4}');
    // No digit of a figure is lost, and no end of a line.
    await put("figures", '{"n":12345678901234567890}');
    await put("lines", "a\r\nb");
    for (const [key, shown] of [
      ["figures", '{\n  "n": 12345678901234567890\n}'],
      ["lines", "61 0d 0a 62"],
    ] as const) {
      await page.evaluate(`location.hash = "#/plugins/shop/data/default?key=:${key}"`);
      await page.getByRole("heading", { name: key }).waitFor();
      await expect.poll(() => value.inputValue()).toBe(shown);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved.").last().waitFor();
    }
    expect(await textAt("figures")).toContain("12345678901234567890");
    expect(await textAt("lines")).toBe("a\r\nb");
    await put("large", "x".repeat(300 * 1024));
    await page.evaluate(`location.hash = "#/plugins/shop/data/default?key=:large"`);
    await page.getByText("It is too large to be shown here").waitFor();
    await page.getByRole("link", { name: "bytes" }).click();
    await expect.poll(() => value.inputValue()).toBe("00 ff fe");
    await value.fill("01 02");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => textAt("bytes")).toBe("\u0001\u0002");
    await page.getByRole("link", { name: "the empty key" }).click();
    await expect.poll(() => value.inputValue()).toBe("x");
    await page.getByRole("link", { name: "<img src=x" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText(evil).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("Deleted.").waitFor();
    await expect(values().get("default", evil)).rejects.toThrow("key");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => textAt(evil).catch(() => "")).toBe("x");
    await page.getByRole("button", { name: "Add a key" }).click();
    await page.getByLabel("Key", { exact: true }).fill("new/key");
    await value.fill("hello");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "new/key" }).waitFor();
    expect(await textAt("new/key")).toBe("hello");
    expect(await page.title()).not.toBe("taken");
    await end();
  });

  it("are not written over where somebody else was quicker", async () => {
    await put("race", "mine");
    const { page, end } = await at.open("/plugins/shop/data/default?key=%3Arace");
    const value = page.getByLabel("Value");
    await expect.poll(() => value.inputValue()).toBe("mine");
    await put("race", "theirs");
    await value.fill("mine, later");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The value is another one by now.").waitFor();
    expect(await value.inputValue()).toBe("mine, later");
    expect(await textAt("race")).toBe("theirs");
    await page.getByRole("button", { name: "Read it again" }).click();
    await expect.poll(() => value.inputValue()).toBe("theirs");
    await end();
  });

  it("lead nobody away who has gone on before an act ended", async () => {
    await put("one", "1");
    await put("two", "2");
    const { page, end } = await at.open("/plugins/shop/data/default?key=%3Aone");
    const value = page.getByLabel("Value");
    /** The next request of that method waits until it is let go. */
    const held = async (method: string, act: () => Promise<void>) => {
      const isHeld = Promise.withResolvers<Route>();
      await page.route("**/kv/**", (route) =>
        route.request().method() === method ? isHeld.resolve(route) : route.continue(),
      );
      await act();
      const route = await isHeld.promise;
      return async () => {
        await route.continue();
        await page.unroute("**/kv/**");
      };
    };
    const press = (name: string) => page.getByRole("button", { name }).click();
    await expect.poll(() => value.inputValue()).toBe("1");
    await value.fill("11");
    const save = await held("PUT", () => press("Save"));
    await page.getByRole("link", { name: "two" }).click();
    await expect.poll(() => value.inputValue()).toBe("2");
    await save();
    await page.getByText("Saved.").waitFor();
    await page.getByText("2 B").first().waitFor();
    expect(await value.inputValue()).toBe("2");
    await press("Add a key");
    await page.getByLabel("Key", { exact: true }).fill("three");
    await value.fill("3");
    const add = await held("PUT", () => press("Save"));
    await page.getByRole("link", { name: "one", exact: true }).click();
    await expect.poll(() => value.inputValue()).toBe("11");
    await add();
    await page.getByRole("link", { name: "three" }).waitFor();
    expect(await value.inputValue()).toBe("11");
    await end();
  });

  it("make a token that is shown once, good for what was ticked, until it is revoked", async () => {
    const { page, end } = await at.open("/tokens");
    await page.getByRole("button", { name: "Make a token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("<b>pipeline</b>");
    await dialog.getByRole("button", { name: "Make a token" }).click();
    await dialog.getByText("Tick one scope at least.").waitFor();
    await dialog.getByRole("checkbox", { name: "deploy" }).check();
    await dialog.getByRole("textbox", { name: "Plugins" }).fill("shop-*, greet");
    await dialog.getByRole("button", { name: "Make a token" }).click();
    await page.getByRole("dialog", { name: "Here is the token" }).waitFor();
    const token = await page.getByRole("region", { name: "Here is the token" }).textContent();
    const headers = { authorization: `Bearer ${token}` };
    expect((await at.host.send("GET", "/rights", { headers })).json).toMatchObject({
      scopes: ["deploy"],
      plugins: ["shop-*", "greet"],
    });
    await page.getByRole("button", { name: "I have it" }).click();
    expect(await page.content()).not.toContain(token);
    await page.getByRole("button", { name: "Revoke <b>pipeline</b>" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("cell", { name: "revoked" }).waitFor();
    expect((await at.host.send("GET", "/rights", { headers })).status).toBe(401);
    await end();
  });
});
