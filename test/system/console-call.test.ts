/** Calls by the console in a real browser: forms made of types, examples, results, errors. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { sample } from "../guests/small-plugins.ts";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile } from "./console-browser.ts";

interface CallExample {
  readonly call: string;
  readonly returns?: unknown;
  readonly err?: unknown;
  readonly traps?: true;
}

describe.runIf(hasBrowser)("calls by the console", () => {
  let examples: readonly CallExample[];
  const at = consoleOfFile(async ({ registry }) => {
    const checks = JSON.parse(await readFile("guest-plugins/shapes/calls.json", "utf8"));
    examples = checks.calls;
    await registry.deploy("shapes", await readFile("build/shapes.wasm"), { checks });
  });

  it("have a form for every type, which the plugin's examples fill in", async () => {
    const { page, end } = await at.open("/plugins/shapes/call");
    const functions = Map.groupBy(examples, ({ call }) => call);
    for (const [name, calls] of functions) {
      await page.getByLabel("Function").selectOption(name);
      await page.waitForURL(`**/call/${name}`);
      for (const [i, { returns, err, traps }] of calls.slice(0, 8).entries()) {
        await page.locator(".examples button").nth(i).click();
        await page.getByRole("button", { name: "Call", exact: true }).click();
        const answer = page.locator(".result");
        if (traps) await answer.getByText("The plugin trapped", { exact: true }).waitFor();
        else if (err !== undefined)
          expect(await answer.getByRole("region", { name: `Error of ${name}` }).textContent()).toBe(
            JSON.stringify(err, null, 2),
          );
        else if (returns !== null)
          await answer.getByText(JSON.stringify(returns, null, 2), { exact: true }).waitFor();
        else await answer.locator("pre, p").first().waitFor();
      }
    }
    await end();
  });

  it("send what is filled in by hand: records, options, lists, variants, files", async () => {
    const { page, end } = await at.open("/plugins/shapes/call/describe");
    const call = page.getByRole("button", { name: "Call", exact: true });
    await page.getByLabel("text").fill("cabin");
    await page.getByLabel("at is given").check();
    await page.getByLabel("x", { exact: true }).fill("3.5");
    await page.getByRole("button", { name: "Add to tags" }).click();
    await page.getByLabel("tags 1", { exact: true }).fill("<b>wood</b>");
    await call.click();
    await page.getByText('"cabin at 3.5, 0.0 (<b>wood</b>)"').waitFor();
    await page.getByLabel("Function").selectOption("invert");
    await page
      .getByLabel("bytes")
      .setInputFiles({ name: "three.bin", mimeType: "", buffer: Buffer.from([0, 1, 255]) });
    await page.getByText("3 B chosen.").waitFor();
    await call.click();
    await page.getByText('"//4A"').waitFor();
    await page.getByLabel("Function").selectOption("area");
    await page.getByLabel("s", { exact: true }).selectOption("circle");
    await page.getByLabel("circle", { exact: true }).fill("many");
    await call.click();
    await page.getByText('s.val: expected f32, got "many".').waitFor();
    await end();
  });

  it("take JSON in place of the form, and go as a line for a shell", async () => {
    const { page, end } = await at.open("/plugins/shapes/call/clamp");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByLabel("n", { exact: true }).fill("-9007199254740993");
    await page.getByRole("button", { name: "Write JSON instead" }).click();
    const json = page.getByLabel("Arguments as JSON");
    expect(JSON.parse(await json.inputValue())).toEqual({ n: "-9007199254740993", low: 0, high: 0 });
    await json.fill('["-9007199254740993", -3, 100]');
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("$HOTCELL_TOKEN stands for the token").waitFor();
    const line = await page.evaluate("navigator.clipboard.readText()");
    expect(line).toBe(
      `curl -H "Authorization: Bearer $HOTCELL_TOKEN" -H 'Content-Type: application/json' -d '["-9007199254740993", -3, 100]' '${at.host.url}/call/shapes/clamp'`,
    );
    await page.getByRole("button", { name: "Back to the form" }).click();
    expect(await page.getByLabel("high").inputValue()).toBe("100");
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByRole("region", { name: "Result of clamp" }).getByText("-3").waitFor();
    await end();
  });

  it("show hostile docs as text", async () => {
    const evil = `<img src=x onerror="document.title='taken'">\u202edesrever`;
    const docs = { worlds: { root: { docs: evil, func_exports: { add: evil } } } };
    await at.host.registry.deploy("evil", withSections(sample(), [["package-docs", packageDocs(docs)]]));
    const { page, end } = await at.open("/plugins/evil/call/add");
    await page.getByText("<img src=x onerror=").waitFor();
    expect(await page.locator("main").textContent()).not.toContain("\u202e");
    expect(await page.title()).not.toBe("taken");
    await end();
  });
});
