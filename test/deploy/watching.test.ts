import { expect, it } from "vitest";
import { type ErrorCode, errorCodes } from "../../host/errors.ts";
import { hostOfFile } from "../support/hosts.ts";
import { alertWords, dashboardExpressions, watchingExpressions } from "./watching.ts";

const host = await hostOfFile();

/** Names that a scrape of a host has samples under. */
async function sampled(): Promise<Set<string>> {
  const { text } = await host.send("GET", "/metrics");
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    families.flatMap(([, name, type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
    ),
  );
}

it("alerts and dashboard name metrics that a host has, and the dashboard shows each", async () => {
  const there = await sampled();
  const named = (texts: readonly string[]) =>
    texts.flatMap((text) => text.match(/\b(?:hotcell|process|nodejs)_[a-z_]+/g) ?? []);
  const texts = watchingExpressions();
  expect(named(texts).length).toBeGreaterThan(50);
  expect(named(texts).filter((name) => !there.has(name))).toEqual([]);
  const families = new Set([...there].map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
  const known = (name: string) => there.has(name) || families.has(name);
  expect(named(alertWords()).filter((name) => !known(name))).toEqual([]);
  const shown = named(dashboardExpressions()).map((name) => name.replace(/_(?:bucket|sum|count)$/, ""));
  expect([...families].filter((name) => !shown.includes(name))).toEqual([]);
});

it("they name codes of errors that there are", () => {
  const named = watchingExpressions().flatMap((text) =>
    [...text.matchAll(/\bcode!?=~?"([^"]+)"/g)].flatMap(([, codes]) => codes!.split("|")),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((code) => code !== "ok" && !errorCodes.includes(code as ErrorCode))).toEqual([]);
});
