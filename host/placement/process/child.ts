/**
 * The entry of a process that runs one plugin. Started by `launch.ts`; imported for a type only. It ends with its host: when the
 * channel closes, or, if a guest runs just then, when the guest has spent a slice of its fuel.
 */
import { Socket } from "node:net";
import type { Drivers } from "../../backends/drivers.ts";
import type { Exchange } from "../../backends/exchange.ts";
import { LogLimit } from "../../backends/log/limited-log.ts";
import { lineData, logDriver } from "../../backends/log/log-driver.ts";
import type { LogLine } from "../../backends/log/log-line.ts";
import { CapabilityTable } from "../../capabilities/capability-table.ts";
import { type Env, scrubberFor } from "../../capabilities/env.ts";
import { type Grants, parseGrants } from "../../capabilities/grants.ts";
import { linkImports } from "../../capabilities/link.ts";
import { sealSettings, secretsIn } from "../../capabilities/secret.ts";
import { capabilities } from "../../capabilities/table.ts";
import type { Component } from "../../component/component.ts";
import { inspectComponent } from "../../component/inspect.ts";
import type { StructureLimits } from "../../component/structure-limits.ts";
import { drivenExport } from "../../drive/driven-exports.ts";
import type { CallContext, Trace } from "../../engine/call-context.ts";
import { CellMemory } from "../../engine/cell/cell-memory.ts";
import { createDirectEngine } from "../../engine/direct/direct-engine.ts";
import type { CellLimits, CompiledComponent } from "../../engine/engine.ts";
import { whileGuestsRun } from "../../engine/fuel/tank.ts";
import type { Transpiled } from "../../engine/jco/compile-transpiled.ts";
import { ComponentError, HotcellError, orRaise } from "../../errors.ts";
import { free } from "../../platform/spent-bytes.ts";
import { Scrubber } from "../../text/scrubber.ts";
import { type ExportedFunction, exportedFunctions } from "../../wit/exports.ts";
import { placeInline } from "../inline/inline.ts";
import type { Adjustment, CallLimits, Placement, PlacementMode } from "../placement.ts";
import { BackendConnection } from "./backend-connection.ts";
import { besideCapability } from "./beside/beside-capability.ts";
import type { BesideInterface } from "./beside/beside-functions.ts";
import { readOrigin } from "./call-origin.ts";
import { type FrameReader, FrameSplitter, FrameWriter } from "./frame.ts";
import { handlerName } from "./handler-parts.ts";
import { answer, descriptor, drivenBit, request, writeFailure } from "./messages.ts";
import { MirroredExchange } from "./mirrored-exchange.ts";
import { canWatchMemory } from "./resident.ts";
import { type ResultCodecs, readArguments, resultCodecs } from "./value-codec.ts";

/** Message that it is told to begin with. */
export interface Start {
  readonly plugin: string;
  readonly grants: Grants;
  /** Interfaces whose functions are in the host. */
  readonly beside: readonly BesideInterface[];
  readonly env: Env;
  readonly mode: PlacementMode;
  readonly limits: CallLimits;
  readonly cells: CellLimits;
  /** Bytes a second. */
  readonly logBytes: number;
  /** Bytes that an answer may have. */
  readonly maxAnswer: number;
  /** The first call's function, as the engine keys it. */
  readonly first?: string | undefined;
  /** Files came with the version. */
  readonly sent: boolean;
  /** Modules for the engine `jco`; absent for `direct`. */
  readonly transpiled?: Transpiled | undefined;
}

/** Message that it is told while it runs. */
export interface Adjust extends Adjustment {
  readonly maxAnswer: number;
}

/** Limits that the host has judged the component by already: nothing is judged again. */
const accepted: Partial<StructureLimits> = {
  componentBytes: Number.MAX_SAFE_INTEGER,
  coreModules: Number.MAX_SAFE_INTEGER,
  instances: Number.MAX_SAFE_INTEGER,
  exports: Number.MAX_SAFE_INTEGER,
};

interface Handler {
  readonly key: string;
  /** Runs one call to its end, and gives the answer. */
  readonly run: (args: FrameReader, context: CallContext) => Promise<FrameWriter> | FrameWriter;
}

const channel = new Socket({ fd: descriptor, readable: true, writable: true });
// Whose parent has ended gets another one.
const host = process.ppid;
whileGuestsRun(() => {
  if (process.ppid !== host) process.exit();
});
for (const event of ["end", "error", "close"]) channel.on(event, () => process.exit());

let scrubber = new Scrubber([]);
let plugin: Plugin | undefined;
let most = 0;
let started: Promise<void>;
/** The call under way. */
let under: CallUnderWay | undefined;

const backends = new BackendConnection((frame) => {
  channel.write(frame, (error) => {
    if (!error) free(frame);
  });
});
const receive = (frame: FrameReader) => {
  if (backends.receive(frame)) return;
  if (frame.kind === request.start) started = start(frame);
  else if (frame.kind === request.adjust) adjust(frame);
  else if (frame.kind === request.cancel) under?.giveUp(frame.id);
  else if (frame.kind === request.drive) void drive(frame);
  else void call(frame);
};
// The first call's arguments are read once the component, which comes before them, has been compiled.
const isReadOn = ({ kind }: FrameReader) => kind === request.start;
const requests = new FrameSplitter(Number.MAX_SAFE_INTEGER, receive, isReadOn);
channel.on("data", (chunk: Buffer) => requests.feed(chunk));
channel.write(new FrameWriter(answer.ready).finish(0));

async function start(frame: FrameReader): Promise<void> {
  let out: FrameWriter;
  try {
    const options = sealSettings(JSON.parse(frame.text())) as Start;
    scrubber = scrubberFor(options);
    most = options.maxAnswer;
    plugin = await place(options, frame);
    out = returned(0);
    out.u8(plugin.placement.startsFromEnv ? 1 : 0);
  } catch (thrown) {
    out = failed(thrown, 0);
  }
  reply(out, frame.id);
}

/** At once, since the next frame may be a call; but not before it has started. */
function adjust(frame: FrameReader): void {
  const change = sealSettings(JSON.parse(frame.text())) as Adjust;
  const apply = () => {
    most = change.maxAnswer;
    const secrets = [...secretsIn(change.env), ...change.secrets];
    if (secrets.length > 0) scrubber.learn(secrets);
    plugin?.placement.adjust(change);
  };
  if (plugin) apply();
  else void started.then(apply);
}

interface Plugin {
  readonly placement: Placement;
  readonly functions: readonly ExportedFunction[];
  handler(number: number): Handler;
}

/** Starts the first cell; throws what that throws. */
async function place(options: Start, frame: FrameReader): Promise<Plugin> {
  const { plugin, grants, beside, env, mode, limits, cells, first, logBytes, sent } = options;
  const component = inspectComponent(frame.bytes(frame.u32()), accepted);
  const table = new CapabilityTable([...capabilities, besideCapability(component.world, beside)]);
  const functions = exportedFunctions(component.world);
  const initial = functions.find(({ key }) => key === first);
  // What the plugin logs is limited, scrubbed and cut here already, so that not all of it has to cross.
  const hostLog = backends.backend("log");
  const drivers: Drivers = (name) => (name === "log" ? logDriver : { bind: () => backends.backend(name) });
  const log = (line: LogLine) => hostLog.tell?.("line", lineData(line));
  // Of its cells one is called, and another may be on its way out.
  const memory = new CellMemory({ cellMemory: 4 * cells.memory });
  const compiled = await compile(component, options, memory);
  const placement = await placeInline({
    compiled,
    supply: linkImports(component.world, parseGrants(grants, table)).supply({ env, scrubber, sent }),
    recipient: { plugin, log, limit: new LogLimit(log, logBytes), drivers },
    mode,
    limits,
    first: initial && { key: initial.key, args: readArguments(initial.type, frame) },
  });
  const handlers = new Map<number, Handler>();
  return {
    placement,
    functions,
    handler(number) {
      let found = handlers.get(number);
      if (!found) {
        found = handle(placement, functions[number]!);
        handlers.set(number, found);
      }
      return found;
    },
  };
}

async function compile(
  component: Component,
  { cells, transpiled }: Start,
  memory: CellMemory,
): Promise<CompiledComponent> {
  if (!transpiled) return createDirectEngine(memory).compile(component, cells);
  // Not loaded by those that do without it.
  const { compileTranspiled } = await import("../../engine/jco/compile-transpiled.ts");
  return compileTranspiled(component, transpiled, cells, memory);
}

/** Context of a call here: its caller leaves when the host says so. */
class CallUnderWay implements CallContext {
  fuel = 0;
  readonly deadline: number | undefined;
  readonly trace: Trace | undefined;
  readonly caller: string | undefined;
  readonly #id: number;
  #controller: AbortController | undefined;
  #givenUp = false;
  readonly signal = (): AbortSignal => {
    this.#controller ??= new AbortController();
    if (this.#givenUp) this.#controller.abort();
    return this.#controller.signal;
  };

  constructor(frame: FrameReader) {
    this.#id = frame.id;
    ({ deadline: this.deadline, trace: this.trace, caller: this.caller } = readOrigin(frame));
  }

  /** Known also to a call that asks later, because it began in the same turn as the host gave it up. */
  giveUp(id: number): void {
    if (id !== this.#id) return;
    this.#givenUp = true;
    this.#controller?.abort();
  }
}

async function call(frame: FrameReader): Promise<void> {
  const { key, run } = plugin!.handler(frame.u32());
  under = new CallUnderWay(frame);
  let out = await run(frame, under);
  under = undefined;
  if (out.size > most) out = failed(tooLarge(key, out.size), 0);
  reply(out, frame.id);
}

/** Drives an export by an exchange; the answer comes after the last part. */
async function drive(frame: FrameReader): Promise<void> {
  const name = frame.text();
  const { key, type } = plugin!.functions[frame.u32()]!;
  const context = new CallUnderWay(frame);
  under = context;
  const exchange = backends.accept((frame.id | drivenBit) >>> 0);
  let out: FrameWriter;
  try {
    if (name === handlerName) await answerHere(plugin!.placement, key, exchange, context);
    else await plugin!.placement.drive({ export: drivenExport(name)!, key, type }, exchange, context);
    out = returned(context.fuel);
  } catch (thrown) {
    out = refusedWith(resultCodecs(type).err, thrown, context.fuel);
  }
  under = undefined;
  reply(out, frame.id);
}

/** Lets an HTTP handler answer the client at the other end of the host's. */
async function answerHere(
  placement: Placement,
  key: string,
  exchange: Exchange,
  context: CallContext,
): Promise<void> {
  const mirrored = await MirroredExchange.accept(exchange);
  if (!mirrored) return;
  try {
    await placement.bindHandler(key)(mirrored, context);
  } catch (thrown) {
    throw mirrored.told(thrown);
  } finally {
    await mirrored.sent();
    exchange.end();
  }
}

/** Answer for what a call threw: the error that the function returned, or a failure. */
function refusedWith(err: ResultCodecs["err"], thrown: unknown, fuel: number): FrameWriter {
  if (!(thrown instanceof ComponentError) || !err) return failed(thrown, fuel);
  const out = new FrameWriter(answer.error);
  out.f64(fuel);
  err.write(out, thrown.payload);
  return out;
}

function reply(out: FrameWriter, id: number): void {
  channel.write(out.finish(id));
  if (canWatchMemory) return;
  const resident = new FrameWriter(answer.resident);
  resident.f64(process.memoryUsage.rss());
  channel.write(resident.finish(0));
}

function handle(placement: Placement, { key, type }: ExportedFunction): Handler {
  const call = placement.bind(key, type);
  const results = resultCodecs(type);
  const gave = ({ fuel }: CallContext, value: unknown) => {
    const out = returned(fuel);
    results.ok.write(out, value);
    return out;
  };
  const threw = ({ fuel }: CallContext, thrown: unknown) => refusedWith(results.err, thrown, fuel);
  const run: Handler["run"] = (frame, context) => {
    const fails = (thrown: unknown) => threw(context, thrown);
    try {
      const value = call(readArguments(type, frame), context);
      return value instanceof Promise
        ? value.then((each) => gave(context, each)).catch(fails)
        : gave(context, value);
    } catch (thrown) {
      return fails(thrown);
    }
  };
  return { key, run };
}

function returned(fuel: number): FrameWriter {
  const out = new FrameWriter(answer.value);
  out.f64(fuel);
  return out;
}

function failed(thrown: unknown, fuel: number): FrameWriter {
  const out = new FrameWriter(answer.failure);
  out.f64(fuel);
  writeFailure(out, thrown, scrubber);
  return out;
}

function tooLarge(key: string, size: number): HotcellError {
  return new HotcellError("result-too-large", `The result of ${key} is too large to leave its process.`, {
    subject: key,
    setting: "limits.resultBytes",
    limit: `${most} bytes`,
    actual: `${size} bytes`,
    ...orRaise("Ask for less in one call", ["resultBytes"]),
  });
}
