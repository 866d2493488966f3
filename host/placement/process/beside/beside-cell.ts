/** The host's end of functions that are beside a process: they are supplied here, for the cells there. */
import { type Backend, UnexpectedData } from "../../../backends/backend.ts";
import { backendLimits } from "../../../backends/backend-room.ts";
import type { Data } from "../../../backends/data.ts";
import type { Recipient } from "../../../backends/drivers.ts";
import type { LinkedImports, Supply, SupplyOptions } from "../../../capabilities/supply.ts";
import { type ResourceCheck, resourceCheck } from "../../../engine/abi/resource-check.ts";
import type { CallOrigin } from "../../../engine/call-context.ts";
import { checkReturned } from "../../../engine/direct/host-call-tools.ts";
import { hostPrices } from "../../../engine/engine.ts";
import { HostBinding, type HostCall } from "../../../engine/link/host-function.ts";
import { HotcellError, orRaise } from "../../../errors.ts";
import { unitsPerMillisecond } from "../../../fuel-prices.ts";
import { Checkers } from "../../../wit/values/values.ts";
import { type FrameReader, Garbled } from "../frame.ts";
import {
  type CodecOf,
  cannotCross,
  codecOf,
  codecsWith,
  readArguments,
  type ValueCodec,
} from "../value-codec.ts";
import {
  type BesideFunction,
  type BesideInterface,
  type BesideResource,
  besideFunctions,
  besideResources,
  besideTold,
  pack,
  resourceIn,
  unpack,
} from "./beside-functions.ts";
import { ObjectsHere } from "./objects-here.ts";
import { readBeginning } from "./objects-there.ts";

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
  const callees = new Set(linked.linked.map(({ id }) => id));
  // A resource of another plugin's is in that plugin's cell.
  const resources = besideResources(linked.world, ids).filter(({ group }) => !callees.has(group));
  requireCodecs(functions, resources);
  const supply = linked.supplyBeside(options);
  const checkers = new Checkers();
  const bindings = functions.map((each): BesideBinding => {
    const { id: group, name, type } = each;
    const binding = new HostBinding({ kind: "host", group, name, type }, checkers);
    const check = type.result && resourceCheck(type.result, (handle) => resourceIn(resources, handle)!);
    return { ...each, binding, check, paid: callees.has(group) };
  });
  const first = supply.forCell(recipient);
  const prices = first.imports[hostPrices] ?? {};
  first.release();
  return {
    interfaces: ids.map((id) => ({ id, prices: prices[id] ?? {} })),
    forProcess: () => new BesideCell(supply, recipient, bindings, resources),
    release: () => supply.release(),
  };
}

/** Function with its conventions, which are the same for all processes. */
interface BesideBinding extends BesideFunction {
  readonly binding: HostBinding;
  /** Check of a result that holds objects. */
  readonly check: ResourceCheck | undefined;
  /** True where what it holds the thread for is another plugin's to pay. */
  readonly paid: boolean;
}

/** Function as one process calls it. */
interface BesideCall {
  readonly key: string;
  readonly type: BesideFunction["type"];
  readonly call: HostCall;
  readonly check: ResourceCheck | undefined;
  readonly paid: boolean;
}

/** Functions that the cells of one process call: its guest waits meanwhile, so there is one call at a time. */
export class BesideCell implements Backend {
  readonly #cell: ReturnType<Supply["forCell"]>;
  readonly #functions: ReadonlyMap<string, BesideCall>;
  /** Objects that the process has numbers of; undefined where there are no resources. */
  readonly #objects: ObjectsHere | undefined;
  #spent = 0;
  #fuel = 0;

  constructor(
    supply: Supply,
    recipient: Recipient,
    bindings: readonly BesideBinding[],
    resources: readonly BesideResource[],
  ) {
    this.#cell = supply.forCell(recipient);
    const { imports } = this.#cell;
    this.#functions = new Map(
      bindings.map(
        ({ key, type, binding, check, paid }) =>
          [key, { key, type, call: binding.bindUnpaid(imports), check, paid }] as const,
      ),
    );
    if (resources.length > 0) this.#objects = new ObjectsHere(resources, imports);
  }

  /** A call of the process begins, which may spend so much. */
  begin(fuel: number): void {
    this.#spent = 0;
    this.#fuel = fuel;
  }

  /** The cell that called begins anew. */
  reset(): void {
    this.#cell.reset();
  }

  /** Units that its calls here have taken since by the host's clock. */
  get spent(): number {
    return this.#spent;
  }

  async ask(key: string, data: Data, signal: AbortSignal, origin?: CallOrigin): Promise<Data> {
    const found = this.#functions.get(key);
    if (!found || !(data instanceof Uint8Array))
      throw new UnexpectedData("it called what it does not import");
    const { ask, args, end } = this.#passed(found, data);
    // What the guest does not wait for any more is the end of all that its cell has under way.
    signal.addEventListener("abort", () => this.#cell.reset(), { once: true });
    this.#cell.under(origin);
    try {
      const value = await this.#called(found, args);
      return this.#answered(found, ask, value, signal);
    } finally {
      end();
    }
  }

  tell(operation: string, data: Data): void {
    const objects = this.#objects;
    if (!objects || !(data instanceof Uint8Array)) throw new UnexpectedData("it told what it has not");
    const from = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const end = (number: number) =>
      operation === besideTold.unheard ? objects.unheard(number) : objects.drop(number);
    this.#timed(false, () => {
      for (let at = 0; at + 4 <= from.length; at += 4) end(from.readUint32LE(at));
    });
  }

  /** With the process. */
  release(): void {
    this.#objects?.release();
    this.#cell.release();
  }

  /** Number of the ask, and its arguments. Objects that they lend are lent until `end`. */
  #passed({ key, type }: BesideCall, data: Uint8Array) {
    const objects = this.#objects;
    const requireFuel = () => {
      if (this.#spent > this.#fuel) throw spentAll(key, this.#fuel);
    };
    if (!objects) {
      requireFuel();
      return { ask: 0, args: unpacked(data, (from) => readArguments(type, from)), end() {} };
    }
    return unpacked(data, (from) => {
      const { ask, dropped } = readBeginning(from);
      this.#timed(false, () => {
        for (const number of dropped) objects.drop(number);
      });
      // What was dropped is so whether there is fuel for the call or not.
      requireFuel();
      return { ask, ...objects.passed(() => readArguments(type, from, objects.codecOf)) };
    });
  }

  /** Value that fits the result's type. */
  async #called({ call, check, paid }: BesideCall, args: readonly unknown[]): Promise<unknown> {
    let value: unknown;
    try {
      value = this.#timed(paid, () => call.supplied(...args));
    } catch (thrown) {
      return call.recover(thrown);
    }
    const settled = await outcome(call, value);
    if (check && this.#objects)
      checkReturned(call.name, check, settled, { drop() {}, hostClasses: this.#objects.hostClasses });
    return settled;
  }

  #answered({ key, type }: BesideCall, ask: number, value: unknown, signal: AbortSignal): Data {
    const objects = this.#objects;
    if (!objects) return packed(key, type, value, codecOf);
    return objects.answered(
      ask,
      () => packed(key, type, value, objects.codecOf),
      () => signal.aborted,
    );
  }

  /** Runs what holds the host's thread, and charges for that unless it is paid for. */
  #timed<T>(paid: boolean, run: () => T): T {
    const began = performance.now();
    try {
      return run();
    } finally {
      const lasted = performance.now() - began;
      if (lasted > free && !paid) this.#spent += Math.ceil(lasted * unitsPerMillisecond);
    }
  }
}

/** Milliseconds of a call that its price has paid for. */
const free = 1;

async function outcome(call: HostCall, value: unknown): Promise<unknown> {
  let settled = value;
  try {
    if (call.suspends) settled = await value;
  } catch (thrown) {
    return call.recover(thrown);
  }
  return call.settle(settled);
}

function unpacked<T>(data: Uint8Array, read: (from: FrameReader) => T): T {
  try {
    return unpack(data, read);
  } catch (thrown) {
    throw thrown instanceof Garbled ? new UnexpectedData(thrown.message) : thrown;
  }
}

function packed(key: string, { result }: BesideFunction["type"], value: unknown, of: CodecOf): Data {
  const bytes = pack((out) => {
    if (result) of(result).write(out, value);
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

function requireCodecs(functions: readonly BesideFunction[], resources: readonly BesideResource[]): void {
  const of = codecsWith((handle) => (resourceIn(resources, handle) ? noCodec : cannotCross(handle)));
  for (const { type } of functions) {
    for (const parameter of type.parameters) of(parameter.type);
    if (type.result) of(type.result);
  }
}

const noCodec: ValueCodec = { write() {}, read() {} };

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
