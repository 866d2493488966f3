/** Placement "process": the cells of a deployment run in child processes, which can be killed and share no heap with the host. */

import { availableParallelism } from "node:os";
import type { Recipient } from "../../backends/drivers.ts";
import { exchangePair } from "../../backends/exchange.ts";
import { processBounds } from "../../bounds/cell-bounds.ts";
import { type Env, scrubberFor } from "../../capabilities/env.ts";
import { unseal } from "../../capabilities/secret.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import type { Component } from "../../component/component.ts";
import type { FirstCall } from "../../drive/lifecycle-exports.ts";
import type { CellLimits } from "../../engine/engine.ts";
import type { Transpiled } from "../../engine/jco/compile-transpiled.ts";
import { asHotcellError, ComponentError, HotcellError, orRaise } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import type { FunctionType } from "../../wit/model.ts";
import { Checkers } from "../../wit/values/values.ts";
import { pluginClosed } from "../closed.ts";
import type { CallLimits, Placement, PlacementMode } from "../placement.ts";
import { SlowClients } from "../slow-clients.ts";
import { maxAsk } from "./backend-server.ts";
import { besideProcesses } from "./beside/beside-cell.ts";
import type { BesideInterface } from "./beside/beside-functions.ts";
import type { ProcessBudget } from "./budget.ts";
import { writeOrigin } from "./call-origin.ts";
import type { Adjust, Start } from "./child.ts";
import { type FrameReader, FrameWriter, Garbled } from "./frame.ts";
import { handlerName, ResponseReader } from "./handler-parts.ts";
import { HandlerPump } from "./handler-pump.ts";
import { maxAnswer, request } from "./messages.ts";
import { ProcessPool } from "./pool.ts";
import type { Question } from "./process-question.ts";
import { resultCodecs, writeArguments } from "./value-codec.ts";

/** `log` and `limit` are those of the host's own end: its lines come scrubbed, as long as a process does what it was told. */
export interface ProcessPlacementOptions extends Recipient {
  readonly component: Component;
  /** Modules that jco made of the component, for the engine `jco`: a process that may start no other can't transpile. */
  readonly transpiled?: Transpiled | undefined;
  /** Budget of the host, for all its processes. */
  readonly budget: ProcessBudget;
  /** Linked again in the process, which functions can't be sent to. */
  readonly linked: LinkedImports;
  readonly env?: Env;
  /** Strikes secrets from all that the process says. */
  readonly scrubber?: Scrubber;
  readonly mode: PlacementMode;
  readonly limits: CallLimits;
  readonly cells: CellLimits;
  /** Made on every new cell before any other call. Its error is `init-failed`. */
  readonly first?: FirstCall | undefined;
  /** Account that what is kept for the cells in backends is drawn from. */
  readonly account?: HeapAccount;
  /** Bytes of log in a second; the process drops lines beyond. */
  readonly logBytes: number;
  /** Bytes that one process may have resident. By default what the cell may have, its results, and 128 MiB. */
  readonly memory?: number;
  /** Bytes of its JavaScript heap. By default what remains of `memory` beside the cell and Node itself. */
  readonly heap?: number;
  /** Processes that there may be in mode `fresh`. By default as many as the machine has cores. */
  readonly processes?: number;
  /**
   * Milliseconds for a process to be launched, and once more for the plugin to be compiled and its first cell ready. By
   * default 10 s for the one and `limits.time` for the other, where that is a second or more.
   */
  readonly startTime?: number;
}

export interface ProcessPlacement extends Placement {
  /** Ids of the processes that there are now. */
  readonly pids: readonly number[];
}

const MiB = 1024 * 1024;
/** Bytes that Node needs for itself. */
const nodeBytes = 64 * MiB;
const minHeap = 32 * MiB;
/** Milliseconds that the system may take to run a process, and it to load our own code: nothing of the plugin's yet. */
const launchTime = processBounds.launchTime.value;
/** Milliseconds that compiling and starting may take however short calls have to be. */
const minStartTime = processBounds.startTime.value;

/**
 * Starts the first process, in which the plugin is compiled and its first cell made, so that a component that can't
 * start is found out before it is live. Throws what that throws, `process-died` or `timeout` where it came to no end,
 * `process-denied` and `no-capacity` where no process could be started. State of a `shared` cell is lost with its process, as it is with a trap.
 */
export async function placeInProcess(options: ProcessPlacementOptions): Promise<ProcessPlacement> {
  const { plugin, component, mode, cells, limit, linked, account } = options;
  let { limits, logBytes, env = {} } = options;
  const { scrubber = scrubberFor({ env, grants: linked.grants.asked }) } = options;
  let startsFromEnv = false;
  const memory = options.memory ?? 128 * MiB + cells.memory + 4 * limits.resultBytes;
  const heap = options.heap ?? Math.max(minHeap, memory - cells.memory - nodeBytes);
  const cores = options.processes ?? availableParallelism();
  const poolLimits = () => ({
    limits: { memory, heap, message: maxMessage(limits, logBytes), log: maxLog(logBytes) },
    processes: mode === "fresh" ? Math.min(limits.concurrency, cores) : 1,
    queue: limits.queue,
  });
  const beside = besideProcesses(linked, options, { scrubber, heap: account });
  const start = () =>
    startQuestion({ ...options, limits, logBytes, env }, beside?.interfaces ?? [], (asked) => {
      startsFromEnv ||= asked;
    });
  const { budget } = options;
  const backends = linked.bindBackends(options, scrubber, account);
  const release = () => {
    backends.release();
    beside?.release();
  };
  const pool = await ProcessPool.start({
    ...{ plugin, backends, beside, account, budget, scrubber, meter: options.meter },
    ...poolLimits(),
    start,
  }).catch((error: unknown) => {
    release();
    throw error;
  });

  const clients = new SlowClients(plugin, () => pool.wanted);
  const functions = exportedFunctions(component.world);
  const checkers = new Checkers();
  const numberOf = (key: string) => {
    const number = functions.findIndex((f) => f.key === key);
    if (number < 0) throw new TypeError(`The component exports no function "${key}".`);
    return number;
  };
  return {
    get pids() {
      return pool.pids;
    },
    bind(key, type) {
      const number = numberOf(key);
      const check = checkers.arguments(type);
      const read = resultReader(key, type);
      const late = () => tookTooLong(plugin, key, limits.time);
      return async (args, context) => {
        const frame = new FrameWriter(request.call);
        frame.u32(number);
        writeOrigin(frame, context);
        writeArguments(type, frame, check(args));
        const outcome = await pool.ask({
          frame,
          time: limits.time,
          late,
          read: read(),
          subject: key,
          context,
          giveUp: mode === "fresh",
          fuel: limits.fuel,
        });
        if (outcome.failed)
          throw new ComponentError(outcome.value, `${key} returned an error.`, { subject: key });
        return outcome.value;
      };
    },
    bindHandler(key) {
      const number = numberOf(key);
      return async (exchange, context) => {
        const frame = new FrameWriter(request.drive);
        frame.text(handlerName);
        frame.u32(number);
        writeOrigin(frame, context);
        const { time, streamTime, fuel, responseBytes } = limits;
        const [near, far] = exchangePair(() => {});
        const paced = clients.pace(exchange);
        const pump = new HandlerPump(plugin, paced, near);
        const reader = new ResponseReader(() => Math.max(responseBytes, limits.responseBytes));
        const pumping = pump.run();
        try {
          await pool.ask({
            frame,
            time,
            late: () => tookTooLong(plugin, key, time),
            streaming: { time: streamTime, late: () => streamedTooLong(plugin, key, streamTime) },
            look: (part) => {
              reader.read(part);
              return reader.begun;
            },
            read: () => {},
            subject: key,
            exchange: far,
            context,
            giveUp: mode === "fresh",
            fuel,
          });
        } catch (error) {
          far.cancel(asHotcellError(error));
          await pumping;
          throw pump.failureOf(error);
        } finally {
          paced.over();
        }
        await pumping;
        if (pump.failure) throw pump.failure;
      };
    },
    async drive({ export: driven, key, type }, exchange, context) {
      const frame = new FrameWriter(request.drive);
      frame.text(driven.name);
      frame.u32(numberOf(key));
      writeOrigin(frame, context);
      const late = () => tookTooLong(plugin, key, limits.time);
      const read = errorReader(key, type);
      try {
        const refused = await pool.ask({
          frame,
          time: limits.time,
          late,
          read,
          subject: key,
          exchange,
          context,
          giveUp: mode === "fresh",
          fuel: limits.fuel,
        });
        if (refused) throw refused;
      } catch (error) {
        exchange.cancel(asHotcellError(error));
        throw error;
      }
    },
    get startsFromEnv() {
      return startsFromEnv;
    },
    adjust(adjustment) {
      ({ limits, logBytes } = adjustment);
      env = adjustment.env ?? env;
      const message = new FrameWriter(request.adjust);
      const adjust: Adjust = { ...adjustment, maxAnswer: maxAnswer(limits) };
      message.text(JSON.stringify(unseal(adjust)));
      pool.adjust(poolLimits(), message);
      limit?.change(logBytes);
    },
    close(why = pluginClosed()) {
      pool.close(why);
      release();
    },
  };
}

/**
 * Bytes that one message may have. A line is cut at twice the log's limit, a mark may be twice what it stands for, and
 * UTF-8 takes three bytes for one unit.
 */
function maxMessage(limits: CallLimits, logBytes: number): number {
  return Math.max(maxAnswer(limits) + 32 * logBytes, maxAsk);
}

/**
 * Bytes of log messages that a process may send in a second. Ours drops lines long before that; what it may not be
 * killed for is that this process, being busy, reads what came in many seconds at once.
 */
function maxLog(bytesPerSecond: number): number {
  return 64 * bytesPerSecond + 2 * MiB;
}

/** `onStart` hears whether the plugin asked for its `env` while it started. */
function startQuestion(
  options: ProcessPlacementOptions,
  beside: readonly BesideInterface[],
  onStart: (askedForEnv: boolean) => void,
): Question<void> {
  const { plugin, component, linked, env = {}, mode, limits, cells, first, logBytes, transpiled } = options;
  const startTime = options.startTime ?? Math.max(limits.time, minStartTime);
  const launchedBy = options.startTime ?? launchTime;
  const start: Start = {
    plugin,
    grants: linked.grantedThere,
    beside,
    env,
    mode,
    limits,
    cells,
    logBytes,
    maxAnswer: maxAnswer(limits),
    first: first?.key,
    sent: options.sent !== undefined,
    transpiled,
  };
  const { type } = exportedFunctions(component.world).find(({ key }) => key === first?.key) ?? {};
  const args = first && type ? new Checkers().arguments(type)(first.args) : [];
  // Not kept, because it is as large as the component.
  const finish = (id: number) => {
    const frame = new FrameWriter(request.start, component.bytes.length + 1024);
    frame.text(JSON.stringify(unseal(start)));
    frame.u32(component.bytes.length);
    frame.bytes(component.bytes);
    if (type) writeArguments(type, frame, args);
    return frame.finish(id);
  };
  return {
    frame: { finish },
    launch: {
      time: launchedBy,
      late: () =>
        new HotcellError("timeout", `The process of ${plugin} was not launched within ${launchedBy} ms.`, {
          subject: plugin,
          limit: `${launchedBy} ms`,
          actual: `more than ${launchedBy} ms`,
          retryAfter: 1,
          remedy: "Try again when the machine has less to do.",
        }),
    },
    time: startTime,
    late: () =>
      new HotcellError("timeout", `${plugin} did not start within ${startTime} ms.`, {
        subject: plugin,
        setting: "limits.time",
        limit: `${startTime} ms`,
        actual: `more than ${startTime} ms`,
        ...orRaise("Make the component smaller, do less when it starts", ["time"], "the plugin's settings"),
      }),
    read: (body) => onStart(body.u8() === 1),
    fuel: 0,
  };
}

/** Reads how an exchange of an export has ended: with an error that it returned, or well. */
function errorReader(
  key: string,
  type: FunctionType,
): (body: FrameReader, failed: boolean) => ComponentError | undefined {
  return (body, failed) => {
    if (!failed) return undefined;
    const { err } = resultCodecs(type);
    if (!err) throw new Garbled(`${key} can't return an error`);
    return new ComponentError(err.read(body), `${key} returned an error.`, { subject: key });
  };
}

interface Outcome {
  readonly failed: boolean;
  readonly value: unknown;
}

/** Throws `unsupported-feature` for a type with resources, but only when a call is made. */
function resultReader(
  key: string,
  type: FunctionType,
): () => (body: FrameReader, failed: boolean) => Outcome {
  let read: ((body: FrameReader, failed: boolean) => Outcome) | undefined;
  return () => {
    if (read) return read;
    const { ok, err } = resultCodecs(type);
    read = (body, failed) => {
      const codec = failed ? err : ok;
      if (!codec) throw new Garbled(`${key} can't return an error`);
      return { failed, value: codec.read(body) };
    };
    return read;
  };
}

function streamedTooLong(plugin: string, key: string, time: number): HotcellError {
  return new HotcellError(
    "timeout",
    `${key} of ${plugin} did not end within ${time} ms after it began its response; its process was ended.`,
    {
      subject: key,
      setting: "limits.streamTime",
      limit: `${time} ms`,
      actual: `more than ${time} ms`,
      ...orRaise("Answer with less", ["streamTime"]),
    },
  );
}

function tookTooLong(plugin: string, key: string, time: number): HotcellError {
  return new HotcellError(
    "timeout",
    `${key} of ${plugin} did not end within ${time} ms; its process was ended.`,
    {
      subject: key,
      setting: "limits.time",
      limit: `${time} ms`,
      actual: `more than ${time} ms`,
      ...orRaise("Ask less of it in one call", ["time"]),
    },
  );
}
