/** A stored plugin as far as it can be read; what can't be must not keep others from running. */
import * as v from "valibot";
import { UnknownSettingError } from "../../capabilities/kit/settings-schema.ts";
import { asHotcellError, type ErrorCode, HotcellError } from "../../errors.ts";
import { ownVersion } from "../../platform/own-version.ts";
import type { PluginRecord } from "../../store/store.ts";
import type { About } from "../deploy/about.ts";
import { type Checks, parseChecks } from "../deploy/checks.ts";
import type { HostRules } from "../settings/host-rules.ts";
import { type Configuration, configured } from "../settings/settings.ts";
import { parseStored } from "../settings/stored-settings.ts";
import type { Damage } from "../told-plugins.ts";

/** Parts of a record; what is undefined can't be read, or is not there. */
export interface Examined {
  readonly configuration?: Configuration | undefined;
  readonly checks?: Checks | undefined;
  readonly about?: About | undefined;
  /** Undefined for a plugin that may run, as far as its record tells. */
  readonly damage?: Damage | undefined;
  /** The settings that its owner asked for can be read: what changes them in part may go on from there. */
  readonly readable: boolean;
}

const aboutSchema = v.looseObject({
  functions: v.array(v.string()),
  world: v.string(),
  metadata: v.exactOptional(v.looseObject({})),
  notes: v.exactOptional(v.array(v.string())),
});

export function examine(record: PluginRecord | undefined, rules: HostRules): Examined {
  if (!record?.live) return { readable: true };
  const { name, live, hotcell, newer } = record;
  if (newer !== undefined) {
    const about = v.is(aboutSchema, live.about) ? live.about : undefined;
    return { about, damage: { code: "store-too-new", detail: newer + by(hotcell) }, readable: false };
  }
  let damage: Damage | undefined;
  const attempt = <T>(what: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      const { code, message } = asHotcellError(error);
      const detail = `What is stored as the ${what} of ${name} can't be used: ${message}`;
      // Nothing that this Hotcell does not know is ever stored by it.
      const tooNew = {
        code: "store-too-new",
        detail: `${detail} This Hotcell stores no such thing; a newer Hotcell may have.${by(hotcell)}`,
      } as const;
      damage ??= error instanceof UnknownSettingError ? tooNew : { code, detail };
      return undefined;
    }
  };
  const configuration = attempt("settings", () =>
    configured(parseStored(present(record.settings), rules), rules.ceilings, servesAbout(live.about)),
  );
  const checks = attempt("checks", () =>
    present(record.checks) === null ? undefined : parseChecks(record.checks),
  );
  const readable = damage === undefined;
  const about = attempt("description", () => {
    if (v.is(aboutSchema, live.about)) return live.about;
    throw new HotcellError("store-corrupt", "it has no list of functions.");
  });
  // The store may know more of it, or of what is not read here.
  if (record.damaged !== undefined) damage = { code: "store-corrupt", detail: record.damaged };
  return { configuration, checks, about, damage, readable };
}

const own = ownVersion();

/** Sentence on which Hotcell has stored a record; empty where that is not known, or is this one. */
function by(hotcell: string | undefined): string {
  return hotcell === undefined || hotcell === own ? "" : ` Hotcell ${hotcell} has stored it; this is ${own}.`;
}

/** Tells whether a version that is described so exports an HTTP handler. */
function servesAbout(about: unknown): boolean {
  return v.is(aboutSchema, about) && /^\s*export wasi:http\/incoming-handler@0\.2\.\d+;/m.test(about.world);
}

/** The store gives undefined for what it can't read. */
function present(value: unknown): unknown {
  if (value === undefined) throw new HotcellError("store-corrupt", "it is no JSON.");
  return value;
}

/** Damage that keeps a version from being read, whoever asks; undefined for what may pass. */
export function damageOfBinary(error: unknown): Damage | undefined {
  if (!(error instanceof HotcellError) || passing.has(error.code)) return undefined;
  return { code: error.code, detail: error.message };
}

const passing = new Set<ErrorCode>(["closed", "store-unavailable", "store-full", "no-capacity", "fault"]);

export function pluginDamaged(plugin: string, { code, detail }: Damage): HotcellError {
  return new HotcellError("plugin-damaged", `${plugin} does not run: ${detail}`, {
    subject: plugin,
    remedy:
      code === "store-too-new"
        ? `Bring this host to the Hotcell that stored it, or to a later one. A host alone takes an upload in its place (PUT /plugins/${plugin}), with its settings; of several, remove it first (DELETE /plugins/${plugin}).`
        : `Upload it again (PUT /plugins/${plugin}), with its settings where those are damaged, or remove it, or put a backup in place of the store.`,
    extra: { damaged: { code, detail } },
  });
}
