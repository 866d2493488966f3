/** Uploads by the console in a real browser: planned, agreed to, made live, undone. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { startTestHost } from "../support/test-host.ts";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile } from "./console-browser.ts";

const built = (name: string) => `build/${name}.wasm`;

describe.runIf(hasBrowser)("uploads by the console", () => {
  const at = consoleOfFile();

  const open = (query = "") => at.open(`/upload${query}`);

  it("ask for each grant before anything is live, and say what came of it", async () => {
    const { page, end } = await open();
    await page.getByLabel("Drop a component here, or choose it").setInputFiles(built("friendly-time-v1"));
    expect(await page.getByLabel("Name").inputValue()).toBe("friendly-time-v1");
    await page.getByLabel("Name").fill("time");
    await page.getByRole("button", { name: "Show the plan" }).click();
    const refusal = page.locator("section.card");
    await refusal.getByRole("heading", { name: "Refused: nothing has changed" }).waitFor();
    expect(await refusal.textContent()).toContain("import-not-granted");
    const again = refusal.getByRole("button", { name: "Plan again" });
    expect(await again.getAttribute("aria-disabled")).toBe("true");
    await page.getByLabel("Grant clocks").check();
    await again.click();
    await page.getByRole("heading", { name: "Plan: a new plugin, time" }).waitFor();
    expect(await page.locator("section.card").textContent()).toContain("export get-friendly-time");
    expect(at.host.registry.list()).toEqual([]);
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByRole("heading", { name: "time is live" }).waitFor();
    expect(await page.getByRole("rowheader").allTextContents()).toContain("compile");
    expect(at.host.registry.details("time").settings.grants).toEqual({ clocks: true });
    await page.getByRole("button", { name: "Undo: remove it again" }).click();
    await page.waitForURL("**/console/#/plugins");
    expect(at.host.registry.list()).toEqual([]);
    await end();
  });

  it("say what breaks, replace only with leave, and lead back", async () => {
    await at.host.registry.deploy("words", await readFile(built("greet")));
    const before = at.host.registry.details("words").version;
    const { page, end } = await open("?plugin=words");
    await page.getByLabel("Drop a component here, or choose it").setInputFiles(built("counter"));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("The exported function greet is gone").first().waitFor();
    await page.getByLabel("Replace it all the same").check();
    await page.locator("section.card").getByRole("button", { name: "Plan again" }).click();
    await page.getByRole("heading", { name: "Plan: replaces revision 1 of words" }).waitFor();
    expect(await page.getByRole("region", { name: "Its world" }).textContent()).toContain("-   export greet");
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByRole("heading", { name: "words is live as revision 2" }).waitFor();
    await page.getByRole("button", { name: "Undo: back to the version before" }).click();
    await page.waitForURL("**/console/#/plugins/words/history");
    expect(at.host.registry.details("words").version).toBe(before);
    await end();
  });

  it("tell it kindly where somebody else was quicker", async () => {
    await at.host.registry.deploy("shared", await readFile(built("greet")));
    const { page, end } = await open("?plugin=shared");
    await page.getByLabel("Drop a component here, or choose it").setInputFiles(built("greet"));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByRole("button", { name: "Make it live" }).waitFor();
    await at.host.registry.configure("shared", { limits: { queue: 7 } });
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByText("Somebody else has changed this plugin since you saw its plan.").waitFor();
    await page.locator("section.card").getByRole("button", { name: "Plan again" }).click();
    await page.getByRole("heading", { name: "Plan: replaces revision 2 of shared" }).waitFor();
    await end();
  });

  it("go by no plan, and by no leave, that was of something else", async () => {
    await at.host.registry.deploy("other", await readFile(built("greet")));
    const { page, end } = await open("?plugin=other");
    const drop = page.getByLabel("Drop a component here, or choose it");
    await drop.setInputFiles(built("counter"));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByLabel("Replace it all the same").check();
    await page.locator("section.card").getByRole("button", { name: "Plan again" }).click();
    const live = page.getByRole("button", { name: "Make it live" });
    await live.waitFor();
    await page.getByText("Settings that come with it").click();
    await page.getByLabel("Settings as JSON").fill('{"mode":"fresh"}');
    await live.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.locator("section.card").getByText("mode", { exact: true }).waitFor();
    await drop.setInputFiles(built("text-stats"));
    await live.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show the plan" }).click();
    expect(await page.getByLabel("Replace it all the same").isChecked()).toBe(false);
    await end();
  });

  it("begin on the page of a host that has no plugin", async () => {
    const empty = await startTestHost();
    const { page, end } = await at.open("/", { host: empty });
    await page.getByLabel("Drop a component here, or choose it").setInputFiles(built("greet"));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByRole("heading", { name: "greet is live" }).waitFor();
    expect(empty.registry.list().map(({ name }) => name)).toEqual(["greet"]);
    await end();
    await empty.close();
  });

  it("take what is dropped on any page, with checks and settings beside it", async () => {
    const { page, end } = await at.open("/plugins");
    await page.getByRole("heading", { level: 1, name: "Plugins" }).waitFor();
    const bytes = [...(await readFile(built("greet")))];
    const checks = JSON.stringify({ calls: [{ call: "greet", args: ["Ada"], returns: "Bye" }] });
    // Declared as text: what runs in the page knows no types of Node's.
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], "MyGreeter.wasm"));
      data.items.add(new File([${JSON.stringify(checks)}], "calls.json"));
      data.items.add(new File(['{"limits":{"queue":9}}'], "settings.json"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await page.getByLabel("Name").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("my-greeter");
    await page.getByRole("button", { name: "Show the plan" }).click();
    const refusal = page.locator("section.card");
    await refusal.getByText("checks-failed").first().waitFor();
    expect(await refusal.textContent()).toContain("Hello, Ada!");
    await page.getByRole("button", { name: "Leave calls.json out" }).click();
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("limits.queue").waitFor();
    await page.getByRole("button", { name: "Make it live" }).click();
    await page.getByRole("heading", { name: "my-greeter is live" }).waitFor();
    expect(at.host.registry.details("my-greeter").settings.limits.queue).toBe(9);
    await end();
  });
});
