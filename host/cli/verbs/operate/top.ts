import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { HotcellError } from "../../../errors.ts";
import { parseLine, UsageError } from "../../command-line.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { stopSignal } from "../../server/stop-signal.ts";
import { FullScreen } from "../../shown/full-screen.ts";
import { printJsonLine, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { afterKey } from "./top-keys.ts";
import { listed, roomOf, screenOf, sorted, type TopView, usageLines } from "./top-screen.ts";
import { type UsageRate, UsageRates } from "./usage-rates.ts";

const options = {
  every: { type: "string" },
  count: { type: "string", short: "n" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const top: Verb = {
  help: `Usage: hotcell top [PLUGIN …] [options]

Shows calls, errors that functions returned, traps and fuel by the second, of all plugins or of some: names, or patterns such
as 't42-*'; and how long calls took (p95) and the memory of cells, of the plugins that are used most. At a terminal as a view that goes on
until q or Ctrl-C: c, e, i, f and n choose the order, / asks for a part of names, arrows and PgUp and PgDn go on to other plugins.
Elsewhere as a table, once.

  --every S        seconds from one look to the next              2
  -n, --count N    so many looks, and then it ends                1 where standard output is no terminal
  --json           for programs: a line for each look, { "at": …, "plugins": […] }
${hostHelp}

Example: hotcell top 't42-*' --every 5`,
  options,
  arguments: ["plugin", "..."],
  operates: true,

  async run(args) {
    const { values, positionals: names } = parseLine({ args, allowPositionals: true, options });
    const every = numberOf(values.every ?? "2", "--every");
    const isScreen = process.stdout.isTTY === true && process.stdin.isTTY === true && !values.json;
    const count = values.count === undefined ? (isScreen ? Infinity : 1) : numberOf(values.count, "--count");
    const host = remoteHost(values.url, values.token, process.env);
    const rates = new UsageRates(host, names);
    // What refuses the first look would refuse all; and a rate takes two.
    await rates.look();
    if (isScreen) {
      await watch(rates, host.url, every, count);
      return 0;
    }
    for (let look = 0; look < count; look++) {
      await delay(every * 1000);
      const usages = sorted(await rates.look(), "c");
      if (values.json) printJsonLine(JSON.stringify({ at: new Date().toISOString(), plugins: usages }));
      else for (const line of usageLines(usages, await stepsOf(rates, usages), undefined)) printLine(...line);
    }
    return 0;
  },
};

/** Steps of those that had calls: others have none to tell. */
function stepsOf(rates: UsageRates, usages: readonly UsageRate[]) {
  return rates.steps(
    usages
      .filter(({ calls }) => calls > 0)
      .slice(0, 100)
      .map(({ name }) => name),
  );
}

function numberOf(given: string, option: string): number {
  const value = Number(given);
  if (given !== "" && value >= 0.1 && value <= 1e6) return value;
  throw new UsageError(`${option} is a number from 0.1 on.`);
}

/** Draws until a key, a signal or the number of looks ends it. A host that is away is waited for. */
async function watch(rates: UsageRates, url: string, every: number, count: number): Promise<void> {
  let view: TopView = {
    ...{ url, order: "c", filter: "", filtering: false, from: 0 },
    ...{ usages: undefined, steps: new Map(), trouble: undefined },
  };
  const over = new AbortController();
  using screen = new FullScreen(
    (key) => {
      if (key === "ctrl-c" || (key === "q" && !view.filtering)) over.abort();
      view = afterKey(view, key, roomOf(screen.rows));
      draw();
    },
    () => draw(),
  );
  const draw = () => screen.draw(screenOf(view, screen.columns, screen.rows));
  void stopSignal().then(() => over.abort());
  draw();
  for (let look = 0; look < count && !over.signal.aborted; look++) {
    try {
      const usages = await rates.look();
      // The order, the filter and the place may have changed meanwhile.
      view = { ...view, usages, trouble: undefined };
      const shown = listed(view).slice(view.from, view.from + roomOf(screen.rows));
      const steps = await rates.steps([undefined, ...shown.map(({ name }) => name)]);
      view = { ...view, steps };
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code !== "no-host") throw error;
      view = { ...view, trouble: `${error.message} Trying again.` };
    }
    if (over.signal.aborted) return;
    draw();
    await delay(every * 1000, undefined, { signal: over.signal }).catch(() => {});
  }
}
