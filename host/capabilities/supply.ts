/** Supply of the cells of one deployment, once it is settled who supplies what. */
import { uncounted } from "../backends/audit/reach.ts";
import { BackendRoom } from "../backends/backend-room.ts";
import { BackendUse } from "../backends/backend-use.ts";
import { type BackendNeed, BoundBackends, type Recipient } from "../backends/drivers.ts";
import { cellEnded } from "../backends/exchange.ts";
import type { CallOrigin } from "../engine/call-context.ts";
import {
  type HostImports,
  type HostPrices,
  type HostRepeats,
  hostPrices,
  hostRepeats,
} from "../engine/engine.ts";
import { canSuspend } from "../engine/suspension.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { World } from "../wit/model.ts";
import type {
  Binding,
  Capability,
  CellContext,
  DeploymentContext,
  ExchangeLimits,
  HandledExchange,
  LinkedInterface,
  Supplied,
} from "./capability.ts";
import type { CapabilityTable } from "./capability-table.ts";
import { type Env, plainEnv, scrubberFor } from "./env.ts";
import type { Grants, ParsedGrants } from "./grants.ts";
import type { HttpExchange } from "./http/http-exchange.ts";
import { servesHttp } from "./http/incoming-handler.ts";
import { HostObjects } from "./kit/host-objects.ts";
import { Pollable, SuspendingPollable } from "./kit/pollable.ts";
import { InputStream, OutputStream, SuspendingInputStream, SuspendingOutputStream } from "./kit/streams.ts";
import { grantedLinks } from "./plugins/granted-links.ts";
import { sameLinks } from "./plugins/linked-names.ts";
import { partFor, pricesOf } from "./prices.ts";

/** Supply of the cells of one deployment, in one process. */
export interface Supply {
  /** Scrubber of all that the guest says. */
  readonly scrubber: Scrubber;
  /** Set once a cell has asked for the `env`; who wants to know from when on puts it back. */
  asked: boolean;
  /** Another `env`, for what cells ask for from now on. */
  configure(env: Env): void;
  /** Supply of one cell, which is to be made next. */
  forCell(recipient: Recipient): CellSupply;
  /** With the deployment, after its cells. */
  release(): void;
}

/** Supply of one cell. */
export interface CellSupply {
  readonly imports: HostImports;
  /** Says where the call comes from that the cell is in from now on. */
  under(call: CallOrigin | undefined): void;
  /** See `Supplied.handle`; only of a component that exports a handler. */
  handle(exchange: HttpExchange, limits: ExchangeLimits): HandledExchange;
  /** To be called when the cell has been reset: what the host keeps for it begins anew too. */
  reset(): void;
  /** To be called when the cell has ended, or was not made after all. */
  release(): void;
}

type Group = HostImports[string];

/** A capability and the interfaces it supplies here. */
export interface Supplier {
  readonly capability: Capability;
  /** Parsed; undefined where it is not granted, and what it supplies is free. */
  readonly settings: unknown;
  /** Ids as the component imports them, and names without version. */
  readonly interfaces: { readonly id: string; readonly name: string }[];
}

interface Bound {
  /** Prices, and what may be called in attempts, by interface as the component imports it. */
  readonly prices: HostPrices;
  readonly repeats: HostRepeats;
  readonly plugin: string;
  readonly bindings: readonly Binding[];
  readonly backends: BoundBackends;
  /** Use by the bindings, for no single cell. */
  readonly use: BackendUse;
  /** Set where the component imports anything that may keep it waiting. */
  readonly waits: boolean;
}

/** Particulars of a deployment that its cells are bound to. */
export interface SupplyOptions {
  /** Values that the plugin is configured with. */
  readonly env?: Env | undefined;
  /** Strikes its secrets; by default those of `env` and the grants. */
  readonly scrubber?: Scrubber | undefined;
  /** Account that is drawn on for what the host keeps for the cells. */
  readonly heap?: HeapAccount | undefined;
  /** Files came with the version. */
  readonly sent?: boolean;
}

/** Outcome of a look at every import of a world, where none was refused. */
export interface Links {
  readonly suppliers: readonly Supplier[];
  /** The embedder's own functions. */
  readonly embedded: ReadonlyMap<string, Group>;
  /** All that the component imports, by interface without version: `wasi:io/poll#poll`. */
  readonly functions: ReadonlySet<string>;
  /** Capabilities that offer something of what it imports, granted or not. */
  readonly concerned: ReadonlySet<Capability>;
  /** Interfaces that other plugins satisfy. */
  readonly linked: readonly LinkedInterface[];
}

/**
 * Imports of a world, each with who supplies it: decided once a deployment, and handed on. Nothing is bound yet: that is
 * done for a placement, by `supply`.
 */
export class LinkedImports {
  readonly world: World;
  readonly grants: ParsedGrants;
  readonly #links: Links;

  constructor(world: World, grants: ParsedGrants, links: Links) {
    this.world = world;
    this.grants = grants;
    this.#links = links;
  }

  /** Interfaces that other plugins satisfy. */
  get linked(): readonly LinkedInterface[] {
    return this.#links.linked;
  }

  /** Backends that its cells use, bound for those in other processes: none of what is beside them. */
  bindBackends(recipient: Recipient, scrubber: Scrubber, heap: HeapAccount | undefined): BoundBackends {
    const there = this.#links.suppliers.filter(({ capability }) => !capability.beside);
    const needs = backendNeeds(there, recipient.sent !== undefined);
    return new BoundBackends(needs, recipient, scrubber, heap);
  }

  /** Ids of the interfaces whose functions are beside cells in other processes, as the component imports them. */
  get beside(): readonly string[] {
    return this.#beside().flatMap(({ interfaces }) => interfaces.map(({ id }) => id));
  }

  /** Supply of those functions, for one deployment. */
  supplyBeside({ scrubber, heap }: SupplyOptions): Supply {
    const links = { ...this.#links, suppliers: this.#beside(), embedded: new Map() };
    const strikes = scrubber ?? scrubberFor({ env: {}, grants: this.grants.asked });
    const facts = { serves: false, sent: false };
    return new LinkedSupply(links, this.grants.table, facts, {}, strikes, heap, true);
  }

  #beside(): readonly Supplier[] {
    return this.#links.suppliers.filter(({ capability }) => capability.beside);
  }

  /** Grants as cells in other processes are told them: what is beside them keeps its settings, or some of these. */
  get grantedThere(): Grants {
    const { asked, table } = this.grants;
    const there = Object.entries(asked).filter(([name]) => !table.find(name)?.beside);
    return Object.fromEntries(
      there.map(([name, settings]) => {
        const told = settings === false ? undefined : table.find(name)?.grant?.there;
        return [name, told ? told() : settings];
      }),
    );
  }

  /** Supply for one placement. Nothing is bound before the first cell asks. */
  supply({ env = {}, scrubber, heap, sent = false }: SupplyOptions = {}): Supply {
    const strikes = scrubber ?? scrubberFor({ env, grants: this.grants.asked });
    const facts = { serves: servesHttp(this.world), sent };
    return new LinkedSupply(this.#links, this.grants.table, facts, env, strikes, heap);
  }

  /** The part of some grants that this world has anything of: all that they do for it. */
  used(grants: Grants): Grants {
    const granted = [...this.#links.concerned].filter(({ name }) => Object.hasOwn(grants, name));
    const used = granted.map(({ name }) => [name, grants[name]] as const);
    return Object.fromEntries(used.filter(([, settings]) => settings !== false));
  }

  /** The same world under other grants; undefined where who supplies what is to be decided anew for them. */
  under(grants: ParsedGrants): LinkedImports | undefined {
    const { concerned, suppliers } = this.#links;
    const granted = (by: ParsedGrants, capability: Capability) => by.settingsOf(capability) !== undefined;
    if ([...concerned].some((each) => granted(this.grants, each) !== granted(grants, each))) return undefined;
    // Which imports are linked, and to whom, is said by the settings.
    if (!sameLinks(grantedLinks(this.grants), grantedLinks(grants))) return undefined;
    const others = suppliers.map((each) => ({ ...each, settings: grants.settingsOf(each.capability) }));
    return new LinkedImports(this.world, grants, { ...this.#links, suppliers: others });
  }
}

/**
 * Backends of the capabilities that supply something: what is free beside a grant gives nothing, and needs none, but for
 * files that came with the version.
 */
function backendNeeds(suppliers: readonly Supplier[], sent: boolean): BackendNeed[] {
  return suppliers.flatMap(({ capability, settings }) =>
    capability.grant && settings === undefined && !(sent && capability.givesSent)
      ? []
      : (capability.backends ?? []).map((name) => ({ name, capability: capability.name, settings })),
  );
}

class LinkedSupply implements Supply {
  readonly #links: Links;
  readonly #table: CapabilityTable;
  readonly #facts: Pick<DeploymentContext, "serves" | "sent">;
  #env: ReadonlyMap<string, string>;
  readonly scrubber: Scrubber;
  readonly #heap: HeapAccount | undefined;
  /** Objects of cells are known by numbers, in another process. */
  readonly #numbered: boolean;
  asked = false;
  /** Once the first cell has asked. */
  #bound: Bound | undefined;

  constructor(
    links: Links,
    table: CapabilityTable,
    facts: Pick<DeploymentContext, "serves" | "sent">,
    env: Env,
    scrubber: Scrubber,
    heap: HeapAccount | undefined,
    numbered = false,
  ) {
    this.#numbered = numbered;
    this.#links = links;
    this.#table = table;
    this.#facts = facts;
    this.#env = new Map(plainEnv(env));
    this.scrubber = scrubber;
    this.#heap = heap;
  }

  configure(env: Env): void {
    this.#env = new Map(plainEnv(env));
  }

  forCell(recipient: Recipient): CellSupply {
    this.#bound ??= this.#bind(recipient);
    const { bindings, backends, waits, prices, repeats } = this.#bound;
    const { plugin } = recipient;
    const objects = new HostObjects(this.#heap, this.#numbered);
    const use: BackendUse = new BackendUse(
      (name) => backends.get(name),
      new BackendRoom(this.#heap),
      () => cell.call,
    );
    // A cell that nothing can keep waiting is called without promises.
    const classes = waits && canSuspend() ? suspendingClasses : plainClasses;
    const cell: CurrentContext = {
      plugin,
      call: undefined,
      backend: (name) => use.client(name),
      objects,
      ...classes,
    };
    const supplied = bindings.map((binding) => binding.supply(cell));
    const groups = this.#links.suppliers.flatMap(({ interfaces }, i) =>
      // To an engine a class is a function that it may construct.
      interfaces.map(({ id, name }) => [id, groupOf(supplied[i]!, id, name)] as const),
    );
    const imports = {
      ...Object.fromEntries([...this.#links.embedded, ...groups]),
      [hostPrices]: prices,
      [hostRepeats]: repeats,
    };
    return new SuppliedCell(imports, supplied, objects, cell, () => use.end(() => cellEnded(plugin)));
  }

  release(): void {
    const bound = this.#bound;
    if (!bound) return;
    this.#bound = undefined;
    for (const binding of bound.bindings) binding.release?.();
    bound.use.end(() => cellEnded(bound.plugin));
    bound.backends.release();
  }

  #bind(recipient: Recipient): Bound {
    const env = () => {
      this.asked = true;
      return this.#env;
    };
    const { plugin } = recipient;
    const backends = new BoundBackends(
      backendNeeds(this.#links.suppliers, this.#facts.sent),
      recipient,
      this.scrubber,
      this.#heap,
    );
    const use = new BackendUse((name) => backends.get(name), new BackendRoom(this.#heap));
    const backend = (name: string) => use.client(name);
    const typesOf = (name: string) => this.#table.interfaceOf(name)!;
    const { linked } = this.#links;
    const { plugins, reach = uncounted } = recipient;
    const bindings = this.#links.suppliers.map(({ capability, settings }) =>
      capability.bind(settings, {
        ...this.#facts,
        ...{ plugin, env, typesOf, backend, linked, plugins },
        figure: (name) => reach.figure(capability.name, name),
      }),
    );
    const waits = bindings.some((binding) => binding.waits?.some((name) => this.#links.functions.has(name)));
    const priced = this.#links.suppliers.flatMap(({ capability, interfaces }, i) =>
      interfaces.map(({ id, name }) => {
        const of = (by: Pick<Binding, "prices">) => pricesOf(by, name, typesOf(name), id);
        return [id, { ...of(capability), ...of(bindings[i]!) }] as const;
      }),
    );
    const repeats = this.#links.suppliers.flatMap(({ capability, interfaces }) =>
      interfaces.map(({ id, name }) => [id, capability.repeats?.[name] ?? {}] as const),
    );
    return {
      ...{ plugin, bindings, backends, use, waits },
      prices: Object.fromEntries(priced),
      repeats: Object.fromEntries(repeats),
    };
  }
}

/** Functions of an interface, of the version that is imported where they are for that alone. */
function groupOf({ interfaces }: Supplied, id: string, name: string): Group {
  return (partFor(interfaces, id, name) ?? {}) as Group;
}

const plainClasses = { Pollable, InputStream, OutputStream };
const suspendingClasses = {
  Pollable: SuspendingPollable,
  InputStream: SuspendingInputStream,
  OutputStream: SuspendingOutputStream,
};

/** Context of a cell, whose call is written anew for each: a property, as some look at it with every call of the guest's. */
interface CurrentContext extends CellContext {
  call: CallOrigin | undefined;
}

class SuppliedCell implements CellSupply {
  readonly imports: HostImports;
  readonly #supplied: readonly Supplied[];
  readonly #handler: Supplied | undefined;
  readonly #objects: HostObjects;
  readonly #cell: CurrentContext;
  readonly #endBackends: () => void;
  #released = false;

  /** `endBackends` ends what the cell has under way in its backends. */
  constructor(
    imports: HostImports,
    supplied: readonly Supplied[],
    objects: HostObjects,
    cell: CurrentContext,
    endBackends: () => void,
  ) {
    this.#endBackends = endBackends;
    this.imports = imports;
    this.#supplied = supplied;
    this.#handler = supplied.find((each) => each.handle);
    this.#objects = objects;
    this.#cell = cell;
  }

  under(call: CallOrigin | undefined): void {
    this.#cell.call = call;
  }

  handle(exchange: HttpExchange, limits: ExchangeLimits): HandledExchange {
    return this.#handler!.handle!(exchange, limits);
  }

  reset(): void {
    for (const each of this.#supplied) each.reset?.();
    this.#endBackends();
    this.#objects.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const each of this.#supplied) each.release?.();
    this.#endBackends();
    this.#objects.release();
  }
}
