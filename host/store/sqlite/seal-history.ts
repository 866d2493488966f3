/** A step of the schema: strikes secrets out of all that a store kept of them beside the settings that restart a plugin. */
import type { DatabaseSync } from "node:sqlite";
import { redact, sealSettings, secretsIn } from "../../capabilities/secret.ts";
import { isObject } from "../../text/json-value.ts";
import { Scrubber } from "../../text/scrubber.ts";

/**
 * History and checks had them as they were sent; events could have parts, where a text had been cut before it was
 * scrubbed, and values that checks had compared. What can't be read is emptied, since nobody knows what it has.
 */
export function sealHistory(db: DatabaseSync): void {
  const secrets = new Map<string, string[]>();
  const note = (plugin: string, settings: unknown): unknown => {
    const sealed = sealSettings(settings);
    const found = secretsIn(sealed);
    if (found.length > 0) secrets.set(plugin, [...(secrets.get(plugin) ?? []), ...found]);
    return redact(sealed);
  };
  rewrite(db, "deployments", "settings", ({ plugin, text }) => note(plugin, JSON.parse(text)));
  rewrite(db, "plugins", "checks", ({ plugin, text }) => {
    const checks: unknown = JSON.parse(text);
    return isObject(checks) ? { ...checks, settings: note(plugin, checks.settings) } : checks;
  });
  for (const { name, settings } of rows<{ name: string; settings: string }>(
    db.prepare("SELECT name, settings FROM plugins").all(),
  ))
    noteReadable(name, settings, note);

  const scrubbers = new Map([...secrets].map(([plugin, found]) => [plugin, new Scrubber(found)] as const));
  rewrite(db, "events", "data", ({ plugin, text }) => {
    const data: unknown = JSON.parse(text);
    const told = isObject(data) && data.code === "checks-failed" ? withoutValues(data) : data;
    const scrubber = scrubbers.get(plugin);
    return scrubber ? scrubbed(scrubber, told) : told;
  });
}

function noteReadable(
  name: string,
  text: string,
  note: (plugin: string, settings: unknown) => unknown,
): void {
  try {
    note(name, JSON.parse(text));
  } catch {
    // It stays as it is: it is this plugin's to mend.
  }
}

/** Puts what `change` makes of a column's text in its place, and nothing where it can't be read. */
function rewrite(
  db: DatabaseSync,
  table: "deployments" | "plugins" | "events",
  column: string,
  change: (row: { plugin: string; text: string }) => unknown,
): void {
  const plugin = table === "plugins" ? "name" : "plugin";
  const select = db.prepare(`SELECT rowid AS id, ${plugin} AS plugin, ${column} AS text FROM ${table}`);
  const update = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`);
  for (const { id, ...row } of rows<{ id: number; plugin: string; text: string }>(select.all())) {
    const changed = changedText(row, change);
    if (changed !== row.text) update.run(changed, id);
  }
}

function changedText(
  row: { plugin: string; text: string },
  change: (row: { plugin: string; text: string }) => unknown,
): string {
  try {
    const before = JSON.stringify(JSON.parse(row.text));
    const after = JSON.stringify(change(row)) ?? "null";
    return after === before ? row.text : after;
  } catch {
    return "";
  }
}

/** "1 of 2 checks failed: add([1]): expected 2, got 3" tells what functions return. */
function withoutValues(data: Readonly<Record<string, unknown>>): unknown {
  const [count] = /^\d+ of \d+ checks failed/.exec(String(data.detail)) ?? [];
  return { ...data, detail: `${count ?? "Checks failed"}.` };
}

/** An ellipsis may stand where a secret was cut. */
function scrubbed(scrubber: Scrubber, value: unknown): unknown {
  if (typeof value === "string") {
    const parts = value.split("…");
    const last = parts.pop() ?? "";
    return [...parts.map((part) => scrubber.scrubBeginning(part)), scrubber.scrub(last)].join("…");
  }
  if (Array.isArray(value)) return value.map((element) => scrubbed(scrubber, element));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, scrubbed(scrubber, member)]),
  );
}

function rows<T>(all: unknown[]): T[] {
  return all as T[];
}
