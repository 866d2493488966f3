/** A console that stays open over a host with plugins that are called all the while: the memory of neither may grow. */
import { memoryInUse } from "../support/collect.ts";
import { visitConsole } from "../support/console-visit.ts";

/** Places that are gone through, with what is on them. */
const places = [
  "#/",
  "#/plugins",
  "#/plugins/plugin-2",
  "#/events",
  "#/plugins/plugin-2/events",
  "#/contracts",
];
/** Milliseconds at a place. */
const stay = 1500;
/** Part by which memory may be more at the end than after a third of the time: that of a garbage collector. */
const tolerance = 0.15;

export interface ConsoleReport {
  readonly minutes: number;
  readonly calls: number;
  /** MiB in use after a collection, of the page and of the host. */
  readonly page: readonly number[];
  readonly host: readonly number[];
  readonly wrong: readonly string[];
}

interface ConsoleSoak {
  readonly plugins?: number;
  readonly callsPerSecond?: number;
  /** Measurements, the first third of which are not compared: not everything has been loaded then. */
  readonly looks?: number;
  /** Folder of a console that is bundled already. */
  readonly bundled?: string;
}

export async function soakConsole(
  minutes: number,
  { plugins = 100, callsPerSecond = 1000, looks = 12, bundled }: ConsoleSoak = {},
): Promise<ConsoleReport> {
  await using visit = await visitConsole(plugins, callsPerSecond, bundled);
  const { page, url, calls } = visit;
  const wrong: string[] = [];
  page.on("console", (message) => wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  await page.goto(url);
  const protocol = await page.context().newCDPSession(page);
  const inPage = async () => {
    await protocol.send("HeapProfiler.collectGarbage");
    const { usedSize } = await protocol.send("Runtime.getHeapUsage");
    return Math.round((usedSize / 2 ** 20) * 10) / 10;
  };
  const [pages, hosts]: [number[], number[]] = [[], []];
  const end = performance.now() + minutes * 60_000;
  const each = (minutes * 60_000) / looks;
  for (let look = 1; look <= looks; look++) {
    // Each place at least once between two looks, however short it is.
    for (let i = 0; i < places.length || performance.now() < end - (looks - look) * each; i++) {
      await page.evaluate(`location.hash = ${JSON.stringify(places[i % places.length])}`);
      await page.waitForTimeout(Math.min(stay, each / places.length));
    }
    await page.evaluate("location.hash = '#/'");
    pages.push(await inPage());
    hosts.push((await memoryInUse()).used);
  }
  for (const [name, sizes] of [
    ["page", pages],
    ["host", hosts],
  ] as const) {
    const [before, after] = [sizes[Math.floor(looks / 3)]!, sizes.at(-1)!];
    if (after > before * (1 + tolerance) + 1) wrong.push(`the ${name} grew from ${before} to ${after} MiB`);
  }
  if (calls.failed > 0) wrong.push(`${calls.failed} calls failed`);
  return { minutes, calls: calls.answered, page: pages, host: hosts, wrong };
}
