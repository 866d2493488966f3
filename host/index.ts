/** The embedding API: everything `import … from "hotcell"` gives. */
export type { Lifetime as TokenLifetime } from "./access/expiry.ts";
export type { IssuedTokens, NewToken, TokenHolder, TokenSummary } from "./access/issued-tokens.ts";
export type { PluginPatterns } from "./access/plugin-patterns.ts";
export type { RequestRate } from "./access/request-rates.ts";
export type { Scope as TokenScope } from "./access/scopes.ts";
export type {
  Amounts,
  BucketId,
  BucketUsage,
  ChangeOutcome,
  KeptValue,
  KeyChange,
  KeyPage,
  KeyValueStore,
  ListedKeys,
} from "./backends/key-value/key-value-store.ts";
export type { LogLine } from "./backends/log/log-line.ts";
export type { ExchangeLimits } from "./capabilities/capability.ts";
export type { Env } from "./capabilities/env.ts";
export type { GivenImports, GivenImports as HostImports, GivenMember } from "./capabilities/given.ts";
export type { AmountCeilings } from "./capabilities/grant-amounts.ts";
export type { GrantReach, ReachedSettings } from "./capabilities/grant-reach.ts";
export type { Grants } from "./capabilities/grants.ts";
export type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RawFields,
  RequestHead,
  ResponseHead,
} from "./capabilities/http/http-exchange.ts";
export type { OfferedInterface, OfferedWit } from "./capabilities/offered-wit.ts";
export {
  type CapabilityContext,
  capability,
  type HostCapability,
  type OwnFunctions as CapabilityFunctions,
  type OwnPrice as CapabilityPrice,
} from "./capabilities/own/host-capability.ts";
export type { SettingsIssue, SettingsOutcome, SettingsSchema } from "./capabilities/own/own-settings.ts";
export type { HostCapabilities } from "./capabilities/own/own-table.ts";
export type { Json, Redacted, Secret } from "./capabilities/secret.ts";
export type { ComponentMetadata, ToldComponent } from "./component/metadata.ts";
export type { StructureLimits } from "./component/structure-limits.ts";
export type { AskedExports, HostedHook, Outcomes } from "./embedding/hosted-hook.ts";
export type { HostedPlugin } from "./embedding/hosted-plugin.ts";
export type {
  AnyFunction,
  Plugin,
  PluginEvents,
  PluginSwap,
  PluginSymbol as Symbol,
  ReplaceOptions,
  UntypedExports,
} from "./embedding/plugin-api.ts";
export type { CallContext, CallOrigin, OutgoingFacts, Trace, Wishes } from "./engine/call-context.ts";
export type { CellMemoryLimits } from "./engine/cell/cell-memory-limits.ts";
export { type CallBudget, type CellLimits, type HostFunction, suspending } from "./engine/engine.ts";
export type { EngineName } from "./engine/engine-names.ts";
export {
  ComponentError,
  type ErrorCode,
  type ErrorFacts,
  ExitError,
  HotcellError,
  type Problem,
  type Raise,
  SymbolNotFoundError,
  SymbolTypeError,
  TrapError,
} from "./errors.ts";
export { createHost, type Host, type HostOptions } from "./host.ts";
export type { BodyLimits } from "./http/body/body-limits.ts";
export type { FilterOptions } from "./http/filters/filter-chain.ts";
export type { NodeMiddleware } from "./http/filters/node-filters.ts";
export type { OriginKind } from "./http/serve/origin-policy.ts";
export type { ServedHost } from "./http/served-api.ts";
export type { NodeKeyControl, ToldNodeKey } from "./nodes/key-ring.ts";
export type { HostNode, NodeFacts } from "./nodes/leases.ts";
export type { KeyFacts } from "./nodes/node-key.ts";
export type { ToldNode } from "./nodes/told-nodes.ts";
export type {
  BackendMessage,
  CallMessage,
  CellMessage,
  DeployMessage,
  RequestMessage,
  TimedMessage,
} from "./observe/channels.ts";
export type { MetricsFormat } from "./observe/exposition.ts";
export type { HostFigures, RoomFigures } from "./observe/host-families.ts";
export type { HostState, Metrics } from "./observe/host-metrics.ts";
export type { ToldSeries } from "./observe/host-series.ts";
export type { OpenTelemetryApi } from "./observe/span-api.ts";
export { recordSpans, type SpanOptions } from "./observe/spans.ts";
export type { SeriesRange } from "./observe/time-series.ts";
export { type OpenOptions, open } from "./open.ts";
export type { CallOptions } from "./placement/call-options.ts";
export type { CallLimits, PlacedLimits, PlacementMode, PlacementName } from "./placement/placement.ts";
export type { HeapAccount, Reclaim } from "./platform/heap-account.ts";
export type { Piece as SharedWork } from "./platform/shared-thread.ts";
export type { Soon } from "./platform/soon.ts";
export type {
  Admission,
  Breaking,
  Callable,
  ConfigureOptions,
  Deployment,
  DeployOptions,
  Handler,
  Outcome,
  Preconditions,
  Registry,
  RemoveOptions,
  Routes,
  StateFate,
} from "./registry/api.ts";
export type { ContractSetting } from "./registry/contracts/contract-setting.ts";
export type {
  ContractSummary,
  Contracts,
  ContractText,
  HeldContract,
  PutContract,
  PutContractOptions,
  RemoveContractOptions,
  UnmetContract,
} from "./registry/contracts/contracts.ts";
export type { Counters } from "./registry/counters.ts";
export type {
  AskedHook,
  FormedHook,
  Hook,
  HookAnswer,
  HookedCallable,
  HookFold,
  HookForm,
  HookOptions,
} from "./registry/hooks/hook.ts";
export type { BreakerOptions } from "./registry/hooks/member-breaker.ts";
export type { AskedLimits, Ceilings, PluginLimits } from "./registry/plugin-limits.ts";
export type {
  KeysPage,
  PluginBucket,
  PluginValues,
  ValueConditions,
  ValueOptions,
} from "./registry/plugin-values.ts";
export type {
  FirstTally,
  PlannedRollout,
  RolloutOutcome,
  RolloutUnderWay,
  TryingHost,
} from "./registry/rollout/rollout-slot.ts";
export type { Tally as RolloutTally } from "./registry/rollout/tally.ts";
export type { OwnPlaces } from "./registry/routing/own-places.ts";
export type { Found as FoundRoute, HeldRoute, RouteIndex } from "./registry/routing/route-index.ts";
export type { PluginRoute } from "./registry/routing/route-setting.ts";
export type { LostRoute } from "./registry/routing/route-table.ts";
export type { ScheduledState } from "./registry/schedule/scheduled-call.ts";
export type { Linkable } from "./registry/settings/linkable-setting.ts";
export type { ToolsSetting } from "./registry/settings/mcp-setting.ts";
export type { AskedRate } from "./registry/settings/rate-setting.ts";
export type { RolloutSetting } from "./registry/settings/rollout-setting.ts";
export type { ScheduleEntry } from "./registry/settings/schedule-setting.ts";
export type {
  AskedSettings,
  Patch as SettingsPatch,
  Settings,
  SettingsInput,
  ShownAsked,
  ShownSettings,
} from "./registry/settings/settings.ts";
export type { ChecksChange, SettingsChange } from "./registry/settings/settings-changes.ts";
export type { SourceSetting } from "./registry/settings/source-setting.ts";
export type { StateSetting } from "./registry/settings/state-setting.ts";
export type { ShownChecks } from "./registry/shown-checks.ts";
export type { SourceState } from "./registry/source-table.ts";
export type { BehindPlugin, HostStanding } from "./registry/standing.ts";
export type {
  Behind,
  Damage,
  PastDeployment,
  PastTrap,
  PlannedLinks,
  PluginCondition,
  PluginDetails,
  PluginSummary,
  Reading,
  VersionSummary,
} from "./registry/told-plugins.ts";
export type { VersionSwap } from "./registry/traffic/swap-listeners.ts";
export type { VersionOrigin } from "./registry/version-origin.ts";
export type { NewerThing } from "./skew/newer-things.ts";
export type { PulledComponent } from "./sources/oci/oci-client.ts";
export type { SourceCheck } from "./sources/oci/watched-source.ts";
export type { WhenGone } from "./sources/plugins-folder.ts";
export type { BegunCall, KeptAnswer, KeyedCall, KeyedCalls, KnownCall } from "./store/keyed-calls.ts";
export { type NatsStoreOptions, openNatsStore } from "./store/nats/nats-store.ts";
export type { SharedCalls } from "./store/shared-calls.ts";
export type { KeptState, SharedStates } from "./store/shared-states.ts";
export type {
  AddedToken,
  Collected,
  Commit,
  Committed,
  ContractRecord,
  DeploymentRecord,
  EventPage,
  LiveRecord,
  NewEvent,
  PluginRecord,
  Retention,
  SharedRegister,
  SharedRegisters,
  SharedStore,
  Store,
  StoredEvent,
  StoreListener,
  TokenRecord,
  VersionBinary,
  VersionPart,
  VersionUse,
} from "./store/store.ts";
export type { JsonObject } from "./text/json-value.ts";
export type { TreeLimits, VersionFile } from "./tree/file-tree.ts";
export type { FileChanges } from "./tree/tree-diff.ts";
export type { Change } from "./wit/diff/diff.ts";
export type { Shortfall } from "./wit/diff/diff-contract.ts";
export type { JsonFunction } from "./wit/json/json-function.ts";
export type {
  Case as VariantCase,
  FunctionType,
  Interface,
  InterfaceDocs,
  Item as WorldMember,
  NamedValue,
  Owner as TypeOwner,
  PrimitiveKind,
  Structure as TypeStructure,
  TypeDefinition,
  TypeDocs,
  ValueType,
  World,
  WorldDocs,
  WorldItem,
} from "./wit/model.ts";
export type { ArgumentRoom, RoomOptions, ValueRoom } from "./wit/values/argument-room.ts";
