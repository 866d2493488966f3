/** Preparation of a deployment: from a request to a component, with its settings and checks, that is to become live. */
import { checkEnv } from "../../capabilities/env.ts";
import { reachesOf } from "../../capabilities/grants.ts";
import { servesHttp } from "../../capabilities/http/incoming-handler.ts";
import { inspectComponent } from "../../component/inspect.ts";
import { HotcellError } from "../../errors.ts";
import { digestOf } from "../../store/refusals.ts";
import { treeOf } from "../../tree/file-tree.ts";
import { SentFiles } from "../../tree/sent-files.ts";
import type { Breaking, ConfigureOptions, DeployOptions, Preconditions } from "../api.ts";
import type { KeptRecord } from "../records/kept-record.ts";
import { requireMayCall } from "../schedule/schedule-check.ts";
import { isLinkable } from "../settings/linkable-setting.ts";
import { type Configuration, configuredFor, type SettingsInput } from "../settings/settings.ts";
import {
  allSettings,
  type SettingsChange,
  secretsSent,
  settingsChanges,
} from "../settings/settings-changes.ts";
import { mergeGrants, mergeSettings } from "../settings/settings-merge.ts";
import { piecesIn, type Version, withFiles } from "../version.ts";
import { type Checks, mergeChecks } from "./checks.ts";
import { requireReaches } from "./reaches.ts";
import { checkPreconditions } from "./revision-check.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/** Deployment in the making, as the stages after this one take it. */
export interface PreparedDeployment {
  readonly component: Version;
  readonly configuration: Configuration;
  readonly checks: Checks | undefined;
  /** The bytes came with the request, and may not be stored yet. */
  readonly uploaded: boolean;
  /** It has to pass the checks. */
  readonly checked: boolean;
  readonly options: DeployOptions;
}

/** Prepares an upload. Throws for what the request or its bytes are not allowed. */
export async function prepareUpload(
  target: DeployTarget,
  bytes: Uint8Array,
  options: DeployOptions,
  transaction: Transaction,
): Promise<PreparedDeployment> {
  const { record } = target;
  const { context } = target;
  checkPreconditions(target.name, record.revisionLive, options);
  // A host alone may be the older one for good.
  if (target.context.others) record.requireKnown();
  const { settings: sent = {}, grant = [] } = options;
  const merged = mergeGrants(mergeSettings(record.stored, sent, context), grant, sent, context);
  const configuration = authorized(target, merged, options, sent, transaction);
  const checks = mergeChecks(record.checks, options.checks, context.table);
  const { limits } = configuration.settings;
  const component = await transaction.stepAsync("inspected", async () => {
    const alone = inspectComponent(bytes, limits);
    const { files } = options;
    if (files === undefined || files.size === 0) return alone;
    const tree = await treeOf(files, limits);
    return withFiles(alone, SentFiles.of(tree, piecesIn(context.store)), digestOf);
  });
  const mode = sent.mode ?? undefined;
  const own = configuredFor(configuration, servesHttp(component.world), context.ceilings, mode);
  return { component, configuration: own, checks, uploaded: true, checked: true, options };
}

/** Prepares a change of settings. */
export async function prepareChange(
  target: DeployTarget,
  patch: SettingsInput,
  options: ConfigureOptions,
  transaction: Transaction,
): Promise<PreparedDeployment> {
  const { record, components } = target;
  const { digest } = record.require();
  checkPreconditions(target.name, record.revisionLive, options);
  record.requireReadable();
  const merged = mergeSettings(record.stored, patch, target.context);
  const configuration = authorized(target, merged, options, patch, transaction);
  // Who brings the code may have it do whatever it can by itself.
  const [before, after] = [record.configuration, configuration].map(
    ({ settings }) => settings.schedule ?? [],
  );
  requireMayCall(target.name, before!, after!, options.mayCall);
  const component = await transaction.stepAsync("inspected", () => components.within(digest, configuration));
  return { component, configuration, checks: record.checks, uploaded: false, checked: true, options };
}

/** Prepares a return to an earlier version: `to`, or the one that was live before this one. */
export async function prepareReturn(
  target: DeployTarget,
  to: string | undefined,
  preconditions: Preconditions & Breaking,
  transaction: Transaction,
): Promise<PreparedDeployment> {
  const { name, record, components, history } = target;
  record.require();
  checkPreconditions(name, record.revisionLive, preconditions);
  record.requireReadable();
  const digest = to ?? (await history.previousVersion());
  if (digest === undefined) {
    throw new HotcellError("nothing-to-roll-back", `${name} has had only one version so far.`, {
      subject: name,
      remedy: "Upload another version first.",
    });
  }
  const configuration = authorized(target, record.configuration, preconditions, {}, transaction);
  const component = await transaction.stepAsync("inspected", () => components.within(digest, configuration));
  const own = configuredFor(configuration, servesHttp(component.world), target.context.ceilings);
  const options = { ...preconditions, allowBreaking: true };
  // Not checked: the checks may have been written for what is being undone.
  return { component, configuration: own, checks: record.checks, uploaded: false, checked: false, options };
}

/** The configuration, if who asks may make what it changes, and it is not more than a plugin may have. `sent`: what came to it. */
function authorized(
  target: DeployTarget,
  configuration: Configuration,
  { authorize, mayReach }: Preconditions,
  sent: SettingsInput,
  transaction: Transaction,
): Configuration {
  const { name, record, context } = target;
  transaction.asked = configuration;
  const changes = changesFrom(record, configuration);
  authorize?.([...changes, ...secretsSent(sent, changes)]);
  const changed = changes.filter(({ path }) => path.startsWith("grants."));
  const { source } = configuration.settings;
  if (source && changes.some(({ path }) => path === "source")) context.sources.require(name, source);
  configuration.grants.requireWithin(
    changed.map(({ path }) => path.slice("grants.".length)),
    context.reach,
  );
  requireReaches({
    plugin: name,
    before: record.stored ? reachesOf(record.stored.grants) : [],
    after: reachesOf(configuration.grants),
    settingsOf: (other) => {
      const settings = context.peer(other)?.record.stored?.settings;
      return settings && { ...settings, linkable: (to) => isLinkable(settings.linkable, to) };
    },
    mayReach,
  });
  // Not before: how much there is tells how long the secrets are.
  if (Object.hasOwn(sent, "env")) checkEnv(configuration.asked.env ?? {});
  return configuration;
}

/** Changes of settings from what a plugin's record has to what is to be. */
export function changesFrom(
  { live, stored, configuration }: KeptRecord,
  after: Configuration,
): SettingsChange[] {
  const changes = settingsChanges(configuration, after);
  return live && !stored ? [allSettings, ...changes] : changes;
}
