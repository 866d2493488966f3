/**
 * The contract of a capability: something a plugin may be granted by name, or is given because it gives nothing away.
 * Its life: settings are parsed at deploy (`grant.settings`), once a deployment it is bound (`bind`), every cell is
 * supplied with host functions of its own (`supply`), which are released with the cell, and the binding with the
 * deployment. All of it is in its folder, and it has a line in `table.ts`.
 */
import type * as v from "valibot";
import type { Figure } from "../backends/audit/reach.ts";
import type { BackendClient } from "../backends/backend.ts";
import type { HostReach } from "../backends/http-client/client-settings.ts";
import type { PluginCalls } from "../backends/plugin-calls.ts";
import type { CallOrigin } from "../engine/call-context.ts";
import type { HostFunction, HostPrice, HostRepeats } from "../engine/engine.ts";
import type { Interface } from "../wit/model.ts";
import type { GrantReach } from "./grant-reach.ts";
import type { HttpExchange } from "./http/http-exchange.ts";
import type { HostObjects } from "./kit/host-objects.ts";
import type { Pollable } from "./kit/pollable.ts";
import type { InputStream, OutputStream } from "./kit/streams.ts";

/** An interface that a capability supplies; its types are in the WIT of some capability. */
export interface Offer {
  /** Without version: `wasi:clocks/wall-clock`. */
  readonly name: string;
  /** Tells whether it implements this version; `undefined` is an import without one. */
  supports(version: string | undefined): boolean;
  /** These versions, for people: `0.2.x`. */
  readonly versions: string;
  /** Supplied without a grant too. */
  readonly free: boolean;
}

/** `S`: its settings, parsed. */
export interface Capability<S = unknown> {
  /** The name it is granted by. */
  readonly name: string;
  /** Absent where there is nothing to grant, because all that it supplies is free. */
  readonly grant?: GrantForm<S>;
  readonly offers: readonly Offer[];
  /** WIT by package (`wasi:clocks`). A package is brought by one capability; others may offer interfaces of it. */
  readonly wit: Readonly<Record<string, string>>;
  /** WIT of versions that are others than that, by `wasi:keyvalue@0.2.0-draft`. */
  readonly otherWit?: Readonly<Record<string, string>>;
  /**
   * Types of interfaces that it offers and that are in no WIT of the host's, by name without version, or with one that they
   * are for alone.
   */
  readonly types?: Readonly<Record<string, Interface>>;
  /**
   * True where its functions are in the host also where the cell is in a process: then values go to and fro, and the guest
   * waits. It is bound and supplied there as it is inline, once for each process; its prices may be by call and byte
   * only, and a process is told neither its settings nor its backends.
   */
  readonly beside?: true;
  /**
   * Names of the backends that it uses, each of which serves this capability alone: `backends/drivers.ts`. They are there
   * where it is granted, or has nothing to grant.
   */
  readonly backends?: readonly string[];
  /** True where it supplies the files that came with a version too, by its backends and without a grant. */
  readonly givesSent?: true;
  /**
   * Functions (`wasi:keyvalue/store#open`) that keep their guest waiting, whatever it is granted with, or are of no use to
   * one that can't wait: on a Node that can't suspend it, a component that imports any of them is refused where it is granted.
   */
  readonly suspends?: readonly string[];
  /** Prices of all that it offers, by interface without version (or with one that they are for alone). */
  readonly prices: Readonly<Record<string, FunctionPrices>>;
  /**
   * Functions that may be called in an attempt (`HostRepeats`), by interface without version, as WIT has them: those that change
   * nothing but objects of the cell's. Absent: none.
   */
  readonly repeats?: HostRepeats;
  /** `settings` are undefined where it is not granted, and supplies what is free. */
  bind(settings: S | undefined, deployment: DeploymentContext): Binding;
}

/** The form of a grant: what it allows, and which settings it takes. */
export interface GrantForm<S> {
  /** Phrase that a refused plugin's owner reads. */
  readonly allows: string;
  /**
   * Parses what the owner sent, an object; the plain grant `true` is `{}` to it. Where a setting may be a secret, it is a
   * `Secret` here, whatever door it came by.
   */
  readonly settings: v.GenericSchema<unknown, S>;
  /** Example of settings, where the plain grant says too little. */
  readonly example?: unknown;
  /**
   * Settings as a plugin's process is told them, where it has no need to know what the owner sent: backends have the settings
   * themselves, and a process may be its plugin's own.
   */
  there?(): unknown;
  /** Amounts among these settings for which the host's owner can set ceilings, by their place: `bytes`, `quota.bytes`. */
  readonly amounts?: readonly string[];
  /** Tells whether nobody but an admin may give these settings. */
  forAdmins?(settings: S): boolean;
  /** Throws `bad-settings` for settings that give more than the host's owner lets any plugin reach. */
  requireWithin?(settings: S, reach: HostReach): void;
  /** Tells whether one set of settings gives no more than another, which it is granted with. */
  within(settings: S, granted: S): boolean;
  /**
   * Other plugins that a grant with these settings reaches; absent: none. Who asks for it needs as much as is said there for
   * each that it did not reach before, unless that plugin's own settings give leave (`registry/deploy/reaches.ts`).
   */
  reaches?(settings: S): readonly GrantReach[];
}

/** Prices by function as WIT has it (`[method]fields.get`); `*` is that of every function which has no row. */
export type FunctionPrices = Readonly<Record<string, HostPrice>>;

/** Deployment as a capability knows it that is bound to it. */
export interface DeploymentContext {
  readonly plugin: string;
  /** True where the component exports an HTTP handler. */
  readonly serves: boolean;
  /** True where files came with the version. */
  readonly sent: boolean;
  /** One of its backends, for what concerns no single cell; what is asked ends with the deployment. */
  backend(name: string): BackendClient;
  /** Figure that the plugin's details show as `counters.reach` under this capability, to be added to. */
  readonly figure: (name: string) => Figure;
  /** Values that the plugin is configured with at present, secrets too. To be called when a cell asks for them. */
  env(): ReadonlyMap<string, string>;
  /** Types and functions of an interface that the host supplies, by its name without version. */
  typesOf(name: string): Interface;
  /** Imports that other plugins satisfy. */
  readonly linked: readonly LinkedInterface[];
  /** Calls of those; absent for a plugin that has no others beside it. */
  readonly plugins: PluginCalls | undefined;
}

/** Interface that a plugin imports and another plugin exports. */
export interface LinkedInterface {
  /** Name as the component imports it. */
  readonly id: string;
  /** Plugin that exports it. */
  readonly plugin: string;
  /** Types and functions as the component imports them. */
  readonly interface: Interface;
}

/** A capability for one deployment: what its cells share is here. */
export interface Binding {
  /**
   * Functions (`wasi:clocks/monotonic-clock#subscribe-duration`) that give pollables which may not be ready. The cells
   * of a component that imports one may be suspended.
   */
  readonly waits?: readonly string[];
  /** Prices that with these settings are others than the capability's, in the same form. */
  readonly prices?: Readonly<Record<string, FunctionPrices>>;
  supply(cell: CellContext): Supplied;
  /** After all its cells' `release`. */
  release?(): void;
}

/** Context of one cell, which capabilities share when they supply it. */
export interface CellContext {
  readonly plugin: string;
  /**
   * Origin of the call that the cell is in, with its deadline, trace and caller, in a process too; undefined between calls,
   * while it starts, and where nobody said anything. To be read when the guest calls.
   */
  readonly call: CallOrigin | undefined;
  /** One of its backends; what is asked ends when the cell ends or begins anew. */
  backend(name: string): BackendClient;
  /** Everything a guest can make the host keep is counted here. */
  readonly objects: HostObjects;
  /** The classes of this cell's pollables and streams: they suspend the guest, or can't. */
  readonly Pollable: typeof Pollable;
  readonly InputStream: typeof InputStream;
  readonly OutputStream: typeof OutputStream;
}

/** Limits of one exchange that a plugin's handler answers: bytes of the bodies. */
export interface ExchangeLimits {
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Exchange that the HTTP handler of a cell answers. */
export interface HandledExchange {
  /** Arguments of the handler. */
  readonly args: readonly unknown[];
  /** True once the response has begun. */
  readonly begun: boolean;
  /** Called, if it is set, when the response begins. */
  onBegin: (() => void) | undefined;
  /**
   * The handler has returned. Cuts off a body that it has not finished. Throws where that leaves the client without a whole
   * answer: `no-response`, `handler-error`, `body-too-large`, `result-too-large`, `cancelled`.
   */
  end(): void;
  /** The handler has failed: cuts off a body that is under way. Gives the error to answer with. */
  fail(thrown: unknown): unknown;
}

/** A function, or the class of a resource. */
export type Member = HostFunction | (new (...args: never[]) => object);

/** Host functions for one cell, and what to do when it ends. */
export interface Supplied {
  /** Functions and classes by interface without version (or with one that they are for alone), then as HostImports has them: functions in camelCase, classes in PascalCase. */
  readonly interfaces: Readonly<Record<string, Readonly<Record<string, Member>>>>;
  /** Lets the cell's HTTP handler answer an exchange; one at a time, in a cell whose component has one. */
  handle?(exchange: HttpExchange, limits: ExchangeLimits): HandledExchange;
  /** The cell went back to what it was when it was supplied. */
  reset?(): void;
  /** The cell has ended: nothing is called any more. */
  release?(): void;
}

/** The offers of these names, in any 0.2.x: WASI promises that these only add. */
export function wasi02(names: readonly string[], { free }: { readonly free: boolean }): Offer[] {
  return names.map((name) => ({ name, supports: isWasi02, versions: "0.2.x", free }));
}

function isWasi02(version: string | undefined): boolean {
  return version !== undefined && /^0\.2\.\d+$/.test(version);
}
