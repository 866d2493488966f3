/** Contracts by the console in a real browser, and what changes things held against axe. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./browser.ts";
import { accessibility, consoleOfFile, expectToFit } from "./console-browser.ts";

describe.runIf(hasBrowser)("contracts by the console", () => {
  const at = consoleOfFile(async ({ registry }) => {
    await registry.deploy("greet-1", await readFile("build/greet.wasm"));
    await registry.deploy("greet-1", await readFile("build/counter.wasm"), { allowBreaking: true });
    await registry.deploy("kept", await readFile("build/counter-kv.wasm"), { grant: ["kv"] });
    await registry.values("kept").put("default", "a", Buffer.from("1"));
  });

  it("are put once the impact is shown and agreed to, and removed once asked", async () => {
    const { page, end } = await at.open("/contracts");
    await page.getByRole("button", { name: "Put a version" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("World or component").setInputFiles("build/greet.wasm");
    expect(await dialog.getByLabel("Contract", { exact: true }).inputValue()).toBe("greet");
    await dialog.getByLabel("Plugins that are held to it").fill("greet-*");
    await dialog.getByRole("button", { name: "Show the impact" }).click();
    await dialog.getByText("1 live plugin does not satisfy it.").waitFor();
    expect(at.host.registry.contracts.list()).toEqual([]);
    await dialog.getByLabel("Calls of greet-1 may fail").check();
    await dialog.getByRole("button", { name: "Put it" }).click();
    await page.getByRole("button", { name: "Remove greet" }).waitFor();
    expect(at.host.registry.contracts.list()).toMatchObject([
      { name: "greet", version: 1, plugins: ["greet-*"] },
    ]);
    await page.getByRole("button", { name: "Remove greet" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("greet is removed.").waitFor();
    expect(at.host.registry.contracts.list()).toEqual([]);
    await end();
  });

  const places = [
    ["/upload", "Drop a component here, or choose it"],
    ["/plugins/greet-1/call/increment", "by"],
    ["/plugins/greet-1/history", "From"],
    ["/plugins/greet-1/settings", "Mode"],
    ["/plugins/kept/data/default?key=%3Aa", "Value"],
    ["/tokens", "Tokens"],
  ] as const;
  it.each([
    { colorScheme: "light", viewport: { width: 1280, height: 800 } },
    { colorScheme: "dark", viewport: { width: 360, height: 740 } },
  ] as const)(
    "are for everybody, as all pages that change things: $colorScheme, $viewport.width",
    async (look) => {
      const { page, end } = await at.open("/tokens", look);
      for (const [place, label] of places) {
        await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
        await page
          .locator("main")
          .getByLabel(label)
          .or(page.getByRole("heading", { name: label }))
          .first()
          .waitFor();
        expect({ place, wrong: await accessibility(page) }).toEqual({ place, wrong: [] });
        await expectToFit(page);
        // Of navigations that are wider than the screen, what is current is in sight.
        for (const current of await page.locator("[aria-current=page]").all()) {
          const { x, width } = (await current.boundingBox())!;
          expect([place, x >= 0 && x + width <= look.viewport.width + 1]).toEqual([place, true]);
        }
      }
      await end();
    },
  );
});
