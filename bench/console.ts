/** The console in a browser, over a host with a hundred plugins and a thousand calls a second: until something is seen, and how it moves. */
import type { Page } from "playwright-core";
import { visitConsole } from "../tools/soak/support/console-visit.ts";
import type { Table } from "./support/table.ts";

const plugins = 100;
const callsPerSecond = 1000;
/** Milliseconds that each interaction is watched. */
const watched = 4000;

export async function run(): Promise<Table[]> {
  await using visit = await visitConsole(plugins, callsPerSecond);
  const { page, url } = visit;
  const opened: Table["rows"][number][] = [];
  const rows: Table["rows"][number][] = [];
  await page.goto(url);
  await page.getByText("What changed").waitFor();
  const paint = (await page.evaluate(
    `performance.getEntriesByType("paint").find(({ name }) => name === "first-contentful-paint").startTime`,
  )) as number;
  const shown = (await page.evaluate("performance.now()")) as number;
  opened.push({ name: "first paint", nanoseconds: new Map([["console", paint * 1e6]]) });
  opened.push({ name: "overview shown", nanoseconds: new Map([["console", shown * 1e6]]) });
  const watch = async (name: string, act: () => Promise<void>) => {
    const frames = await framesOf(page, act);
    rows.push({ name, nanoseconds: new Map(quantiles(frames).map(([at, time]) => [at, time * 1e6])) });
  };
  await watch("overview with its charts", () => page.waitForTimeout(watched));
  await page.getByRole("link", { name: "Plugins", exact: true }).click();
  await page.getByRole("link", { name: /^plugin-0/ }).waitFor();
  await watch("list scrolled", async () => {
    for (let i = 0; i < watched / 50; i++) {
      await page.mouse.wheel(0, i % 40 < 20 ? 400 : -400);
      await page.waitForTimeout(50);
    }
  });
  await watch("name searched", async () => {
    for (let i = 0; i < 10; i++) {
      await page.getByPlaceholder("Find by name").pressSequentially("plugin-9", { delay: 30 });
      await page.getByPlaceholder("Find by name").fill("");
    }
  });
  await watch("pages gone through", async () => {
    for (let i = 0; i < 12; i++) {
      for (const key of ["g", "oepc"[i % 4]!]) await page.keyboard.press(key);
      await page.waitForTimeout(200);
    }
  });
  const { answered, failed } = visit.calls;
  const load = `${answered} calls answered meanwhile, ${failed} failed`;
  return [
    {
      title: `The console opened; ${plugins} plugins, ${callsPerSecond} calls a second`,
      subject: "console",
      rows: opened,
    },
    { title: `Time of a frame (${load})`, subject: "p50", rows },
  ];
}

/** Milliseconds from frame to frame while something is done. */
async function framesOf(page: Page, act: () => Promise<void>): Promise<readonly number[]> {
  await page.evaluate(`
    globalThis.frames = [];
    globalThis.watching = true;
    let last = performance.now();
    const look = (now) => {
      frames.push(now - last);
      last = now;
      if (watching) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  `);
  await act();
  return (await page.evaluate("watching = false, frames")) as number[];
}

function quantiles(times: readonly number[]): readonly (readonly [string, number])[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
  return [
    ["p50", at(0.5)],
    ["p95", at(0.95)],
    ["p99", at(0.99)],
    ["longest", at(1)],
  ];
}
