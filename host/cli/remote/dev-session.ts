import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { HotcellError } from "../../errors.ts";
import type { Deployment } from "../../registry/api.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";
import { harmlessLine } from "../../text/harmless.ts";
import { shownPath } from "../../text/paths.ts";
import type { Change } from "../../wit/diff/diff.ts";
import { Asc } from "../build/asc.ts";
import { type Built, buildPlugin } from "../build/build-plugin.ts";
import { readFilesFolder } from "../build/files-folder.ts";
import { type FolderSettings, liveSettings } from "../build/live-settings.ts";
import type { PluginFolder } from "../build/plugin-folder.ts";
import type { SourceChanges } from "../build/source-changes.ts";
import { readChecks } from "../checks/folder-checks.ts";
import { report } from "../report.ts";
import { changedFiles, type Deployed, indentedChanges, milliseconds } from "../shown/deployment-text.ts";
import { changeLine } from "../shown/settings-text.ts";
import { print, printError, printJsonLine } from "../terminal.ts";
import { leaveQuery } from "./leave.ts";
import type { RemoteHost } from "./remote-host.ts";
import { upload } from "./remote-upload.ts";

export interface DevOptions {
  readonly host: RemoteHost;
  /** The plugin's name there. */
  readonly name: string;
  readonly allowBreaking: boolean;
  readonly debug: boolean;
  readonly world: string | undefined;
  /** Everything is told by lines for programs. */
  readonly json: boolean;
}

const nothing: FolderSettings = { settings: {}, grant: [] };
/** Milliseconds between attempts to reach a host that does not answer. */
const retryAfter = 1000;

/** Keeps a plugin on a host equal to its folder, and says on the console what came of each change. */
export class DevSession {
  readonly #plugin: PluginFolder;
  readonly #options: DevOptions;
  readonly #asc: Asc;
  /** Sent again only when they change, since their owner may change them on the host. */
  #sent: SettingsInput | undefined;
  #closed = false;

  /** Throws `tool-missing` when there is no asc. */
  constructor(plugin: PluginFolder, options: DevOptions) {
    this.#plugin = plugin;
    this.#options = options;
    this.#asc = new Asc(plugin.path, { occasion: "watching", captures: options.json });
  }

  get name(): string {
    return this.#options.name;
  }

  /** Builds and uploads now and at every change. Resolves after `close`; throws only our own faults. */
  async follow(changes: SourceChanges): Promise<void> {
    let since = performance.now();
    while (!this.#closed) {
      const waited = performance.now() - since;
      const built = await this.#build();
      const next = changes.next();
      if (built) await this.#uploadWhenReachable(built, { since, waited }, next);
      since = await next;
    }
  }

  close(): void {
    this.#closed = true;
    this.#asc.close();
  }

  async #build(): Promise<Built | undefined> {
    try {
      const { debug, world } = this.#options;
      return await buildPlugin(this.#asc, this.#plugin, { debug, world });
    } catch (error) {
      if (!this.#closed) reportMistake(error, this.#options.json);
      return undefined;
    }
  }

  /** A host that does not answer may just be starting: asked again until it does, or the build is outdated. */
  async #uploadWhenReachable(built: Built, begun: Begun, changed: Promise<number>): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      try {
        await this.#upload(built, begun);
        return;
      } catch (error) {
        if (!(error instanceof HotcellError) || error.code !== "no-host") {
          this.#explain(error);
          return;
        }
        if (attempt === 0) report(error, { json: this.#options.json });
      }
      const outdated = changed.then(() => true);
      if (await Promise.race([outdated, delay(retryAfter, false, { ref: false })])) return;
    }
  }

  async #upload(built: Built, begun: Begun): Promise<void> {
    const { host, name, allowBreaking } = this.#options;
    const { settings } = await readChecks(this.#plugin);
    const files = await readFilesFolder(this.#plugin.files);
    const start = performance.now();
    const live = isDeepStrictEqual(settings, this.#sent) ? nothing : liveSettings(settings, this.#sent);
    // A version of the next minute would end its state anyway.
    const query = leaveQuery({ allowBreaking, allowStateLoss: true, grant: live.grant });
    const deployment = await upload(host, name, built.component.bytes, {
      settings: live.settings,
      query,
      files,
    });
    const end = performance.now();
    this.#sent = settings;
    const stages = stagesOf(built, begun, deployment, end - start);
    const total = end - begun.since;
    if (this.#options.json)
      printJsonLine(JSON.stringify({ event: "live", ...deployment, milliseconds: total, stages }));
    else printLive(deployment, host.url, stages, total);
  }

  #explain(error: unknown): void {
    if (this.#options.json) {
      report(error, { json: true });
      return;
    }
    if (error instanceof HotcellError && error.code === "incompatible") {
      const changes = (error.facts.extra?.changes ?? []) as readonly Change[];
      printError(`refused: callers of ${this.name} would notice. The version before stays live.`);
      printError(indentedChanges(changes, "  "));
      printError("Keep what they use, or replace it all the same: hotcell dev --allow-breaking");
      return;
    }
    if (error instanceof HotcellError && error.code === "fault") {
      // The host's and not ours: the next build may have more luck.
      printError(`The host has a fault of its own. ${error.message}`);
      return;
    }
    reportMistake(error);
    if (!(error instanceof HotcellError)) return;
    if (error.code === "import-not-granted") {
      printError(`hotcell dev grants what ${shownPath(this.#plugin.calls)} says under "settings".`);
    }
    if (error.code === "unauthorized" || error.code === "forbidden") {
      printError(
        "hotcell dev takes the token from --token or HOTCELL_TOKEN, else from .hotcell here or above (HOTCELL_DATA).",
      );
    }
  }
}

/** Time of a change, and the milliseconds that went by before its build began. */
interface Begun {
  readonly since: number;
  readonly waited: number;
}

function reportMistake(error: unknown, json = false): void {
  if (!(error instanceof HotcellError) || error.code === "fault") throw error;
  report(error, { json });
}

/** Stages that the time from the edit went into, in milliseconds. `prepare` is the host's work before the swap. */
function stagesOf(built: Built, { waited }: Begun, { timings }: Deployment, uploading: number) {
  const { swap = 0, ...before } = timings;
  const prepare = Object.values(before).reduce((sum, ms) => sum + ms, 0);
  const { asc, componentize } = built;
  return { wait: waited, asc, componentize, upload: uploading - prepare - swap, prepare, swap };
}

function printLive(
  { plugin, revision, outcome, size, changes, settingsChanges, files, servedAt: [place] = [] }: Deployed,
  url: string,
  stages: Readonly<Record<string, number>>,
  total: number,
): void {
  print(
    `live: ${plugin} revision ${revision} (${outcome}), ${size.toLocaleString("en")} bytes, ${milliseconds(total)}`,
  );
  const split = Object.entries(stages).map(([stage, ms]) => `${stage} ${milliseconds(ms)}`);
  print(`      ${split.join(", ")}`);
  if (place !== undefined) print(harmlessLine(`      serves at ${new URL(place, url).href}`));
  for (const change of settingsChanges) {
    print(harmlessLine(`      ${changeLine(change)}`));
  }
  if (files) print(harmlessLine(`      ${changedFiles(files)}`));
  if (changes.length > 0) print(indentedChanges(changes, "      "));
}
