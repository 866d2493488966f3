/** The host's end of functions that are beside a process: they are supplied here, for the cells there. */
import { type Backend, UnexpectedData } from "../../../backends/backend.ts";
import { backendLimits } from "../../../backends/backend-room.ts";
import type { Data } from "../../../backends/data.ts";
import type { Recipient } from "../../../backends/drivers.ts";
import type { LinkedImports, Supply, SupplyOptions } from "../../../capabilities/supply.ts";
import type { CallOrigin } from "../../../engine/call-context.ts";
import { hostPrices } from "../../../engine/engine.ts";
import { HostBinding, type HostCall } from "../../../engine/link/host-function.ts";
import { HotcellError, orRaise } from "../../../errors.ts";
import { unitsPerMillisecond } from "../../../fuel-prices.ts";
import { Checkers } from "../../../wit/values/values.ts";
import { Garbled } from "../frame.ts";
import { codecOf, readArguments } from "../value-codec.ts";
import {
  type BesideFunction,
  type BesideInterface,
  besideFunctions,
  pack,
  unpack,
} from "./beside-functions.ts";

/** Functions beside the processes of one deployment. */
export interface BesideProcesses {
  /** Interfaces, for the processes to be told. */
  readonly interfaces: readonly BesideInterface[];
  /** Supply for a process that is started. */
  forProcess(): BesideCell;
  /** With the deployment, after its processes. */
  release(): void;
}

/** Undefined where there are none. Throws `unsupported-feature` for types that can't cross. */
export function besideProcesses(
  linked: LinkedImports,
  recipient: Recipient,
  options: SupplyOptions,
): BesideProcesses | undefined {
  const ids = linked.beside;
  if (ids.length === 0) return undefined;
  const functions = besideFunctions(linked.world, ids);
  requireCodecs(functions);
  const supply = linked.supplyBeside(options);
  const checkers = new Checkers();
  const callees = new Set(linked.linked.map(({ id }) => id));
  const bindings = functions.map((each): BesideBinding => {
    const { id: group, name, type } = each;
    const binding = new HostBinding({ kind: "host", group, name, type }, checkers);
    return { ...each, binding, paid: callees.has(group) };
  });
  const first = supply.forCell(recipient);
  const prices = first.imports[hostPrices] ?? {};
  first.release();
  return {
    interfaces: ids.map((id) => ({ id, prices: prices[id] ?? {} })),
    forProcess: () => new BesideCell(supply, recipient, bindings),
    release: () => supply.release(),
  };
}

/** Function with its conventions, which are the same for all processes. */
interface BesideBinding extends BesideFunction {
  readonly binding: HostBinding;
  /** True where what it holds the thread for is another plugin's to pay. */
  readonly paid: boolean;
}

/** Functions that the cells of one process call: its guest waits meanwhile, so there is one call at a time. */
export class BesideCell implements Backend {
  readonly #cell: ReturnType<Supply["forCell"]>;
  readonly #functions: ReadonlyMap<
    string,
    { readonly type: BesideFunction["type"]; readonly call: HostCall; readonly paid: boolean }
  >;
  #spent = 0;
  #fuel = 0;

  constructor(supply: Supply, recipient: Recipient, bindings: readonly BesideBinding[]) {
    this.#cell = supply.forCell(recipient);
    const { imports } = this.#cell;
    this.#functions = new Map(
      bindings.map(
        ({ key, type, binding, paid }) => [key, { type, call: binding.bindUnpaid(imports), paid }] as const,
      ),
    );
  }

  /** A call of the process begins, which may spend so much. */
  begin(fuel: number): void {
    this.#spent = 0;
    this.#fuel = fuel;
  }

  /** Units that its calls here have taken since by the host's clock. */
  get spent(): number {
    return this.#spent;
  }

  async ask(key: string, data: Data, signal: AbortSignal, origin?: CallOrigin): Promise<Data> {
    const found = this.#functions.get(key);
    if (!found || !(data instanceof Uint8Array))
      throw new UnexpectedData("it called what it does not import");
    const { type, call, paid } = found;
    if (this.#spent > this.#fuel) throw spentAll(key, this.#fuel);
    // What the guest does not wait for any more is the end of all that its cell has under way.
    signal.addEventListener("abort", () => this.#cell.reset(), { once: true });
    this.#cell.under(origin);
    const began = performance.now();
    let value: unknown;
    try {
      value = call.supplied(...unpacked(type, data));
    } catch (thrown) {
      if (thrown instanceof UnexpectedData) throw thrown;
      return packed(key, type, call.recover(thrown));
    } finally {
      const lasted = performance.now() - began;
      if (lasted > free && !paid) this.#spent += Math.ceil(lasted * unitsPerMillisecond);
    }
    return packed(key, type, await settled(call, value));
  }

  /** With the process. */
  release(): void {
    this.#cell.release();
  }
}

/** Milliseconds of a call that its price has paid for. */
const free = 1;

async function settled(call: HostCall, value: unknown): Promise<unknown> {
  let outcome = value;
  try {
    if (call.suspends) outcome = await value;
  } catch (thrown) {
    return call.recover(thrown);
  }
  return call.settle(outcome);
}

function unpacked(type: BesideFunction["type"], data: Uint8Array): unknown[] {
  try {
    return unpack(data, (from) => readArguments(type, from));
  } catch (thrown) {
    throw thrown instanceof Garbled ? new UnexpectedData(thrown.message) : thrown;
  }
}

function packed(key: string, { result }: BesideFunction["type"], value: unknown): Data {
  const bytes = pack((out) => {
    if (result) codecOf(result).write(out, value);
  });
  const limit = backendLimits.data;
  if (bytes.byteLength + overhead <= limit) return bytes;
  throw new HotcellError(
    "result-too-large",
    `What ${key} returned is too large to cross to the plugin's process.`,
    {
      subject: key,
      limit: `${limit} bytes`,
      actual: `${bytes.byteLength} bytes`,
      remedy: 'Return less at a time, or run the plugin with placement "inline".',
    },
  );
}

/** Bytes that data of bytes have besides. */
const overhead = 5;

function requireCodecs(functions: readonly BesideFunction[]): void {
  for (const { type } of functions) {
    for (const parameter of type.parameters) codecOf(parameter.type);
    if (type.result) codecOf(type.result);
  }
}

function spentAll(key: string, limit: number): HotcellError {
  return new HotcellError(
    "out-of-fuel",
    `The call spent its fuel on what it had the host do, last in ${key}.`,
    {
      subject: key,
      setting: "limits.fuel",
      limit,
      actual: `more than ${limit}`,
      ...orRaise("Ask less of it in one call", ["fuel"]),
    },
  );
}
