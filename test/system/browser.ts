/** A real browser, Debian's Chromium, without a window. */
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { fileOf } from "./packages.ts";

/** False where this machine has no Chromium, and need not have one. */
export const hasBrowser = !inject("missing").includes("chromium");

/** Gives the browser that the tests of a file share. */
export function browserOfFile(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    // As root, which CI may be, Chromium starts only without a sandbox of its own.
    browser = await chromium.launch({ executablePath: fileOf("chromium")!, args: ["--no-sandbox"] });
  });
  afterAll(() => browser?.close());
  return () => browser;
}
