/** History of plugins by the console in a real browser: compared, downloaded, rolled back, removed. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sample } from "../guests/small-plugins.ts";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile } from "./console-browser.ts";

const built = (name: string) => readFile(`build/${name}.wasm`);

describe.runIf(hasBrowser)("history by the console", () => {
  const at = consoleOfFile();

  it("tells what callers notice between versions, and gives their binaries", async () => {
    await at.host.registry.deploy("words", await built("greet"));
    await at.host.registry.deploy("words", await built("counter"), {
      allowBreaking: true,
      who: "<b>ada</b>",
    });
    const { page, end } = await at.open("/plugins/words/history");
    const entries = page.getByRole("article");
    await entries.nth(1).waitFor();
    expect(await entries.nth(0).textContent()).toContain("Revision 2 another version");
    expect(await entries.nth(0).textContent()).toContain("by <b>ada</b>");
    await entries.nth(1).getByRole("button", { name: "Compare with the live version" }).click();
    await page.getByText("The exported function greet is gone").waitFor();
    const world = page.getByRole("region", { name: "Its world" });
    expect(await world.textContent()).toContain("+   export increment");
    await page.reload();
    await page.getByText("The exported function greet is gone").waitFor();
    await entries.nth(1).getByText("Times and files").click();
    await entries.nth(1).getByRole("rowheader", { name: "compile" }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      entries.nth(1).getByRole("button", { name: "Download", exact: true }).click(),
    ]);
    expect(await readFile(await download.path())).toEqual(await built("greet"));
    await end();
  });

  it("leads back to a version once it has asked, and forth again", async () => {
    await at.host.registry.deploy("back", await built("greet"));
    await at.host.registry.deploy("back", await built("counter"), { allowBreaking: true });
    const [second, first] = (await at.host.registry.versions("back")).map(({ version }) => version);
    const { page, end } = await at.open("/plugins/back/history");
    await page.getByRole("button", { name: "Roll back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The exported function increment is gone").waitFor();
    expect(at.host.registry.details("back").version).toBe(second);
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await page.getByRole("heading", { name: "Revision 3 another version" }).waitFor();
    expect(at.host.registry.details("back").version).toBe(first);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("heading", { name: "Revision 4 another version" }).waitFor();
    expect(at.host.registry.details("back").version).toBe(second);
    await end();
  });

  it("leads back at once from what ends a plugin's calls", async () => {
    await at.host.registry.deploy("woken", sample());
    await at.host.registry.deploy("woken", sample({ version: 2 }));
    for (let i = 0; i < 2; i++) await at.host.call("woken/boom", []);
    const { page, end } = await at.open("/plugins/woken");
    await page.getByText("2 times of late").waitFor();
    await page.getByRole("button", { name: "Roll back to revision 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.getByText("Live is revision 3").waitFor();
    expect(await at.host.registry.callJson("woken", "version")).toBe(1);
    await end();
  });

  it("removes a plugin only after asking, also what becomes of its data", async () => {
    await at.host.registry.deploy("kept", await built("counter-kv"), { grant: ["kv"] });
    await at.host.registry.callJson("kept", "increment", ["visits", 1]);
    const { page, end } = await at.open("/plugins/kept/history");
    await page.getByRole("button", { name: "Remove" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await dialog.getByLabel("Remove them too, for good").check();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.waitForURL("**/console/#/plugins");
    expect(at.host.registry.list().map(({ name }) => name)).not.toContain("kept");
    await end();
  });
});
