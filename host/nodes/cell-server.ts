/** Server of a host's cells for the other hosts: over a socket in the data folder, or at an address for those who have the key. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createKeyedServer, type Server as KeyedServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { exchangePair } from "../backends/exchange.ts";
import { nodeBounds } from "../bounds/node-bounds.ts";
import { asHotcellError, HotcellError } from "../errors.ts";
import { receiveParts, sendParts } from "../placement/far/carried-exchange.ts";
import {
  doneFrame,
  farFrame,
  framesForm,
  framesOf,
  readWay,
  skipUnreadable,
  thrownFrame,
  unknownStatus,
  valueFrame,
} from "../placement/far/far-frames.ts";
import { type FarPlace, isKeyed, keyedServerOptions } from "../placement/far/far-place.ts";
import { readOrigin } from "../placement/process/call-origin.ts";
import { type FrameReader, FrameWriter, Garbled } from "../placement/process/frame.ts";
import { MirroredExchange } from "../placement/process/mirrored-exchange.ts";
import { readArguments } from "../placement/process/value-codec.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Callable, Handler, Registry } from "../registry/api.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { KeptPieces } from "./kept-pieces.ts";
import type { RolloutHosts } from "./rollout-hosts.ts";
import { ServedConnections } from "./served-connections.ts";

/** Cells that are served: those alone that this host has. */
export interface ServedCells {
  readonly registry: Pick<Registry, "callable" | "handler" | "reach">;
  /** Trials that other hosts ask for. */
  readonly trials: Pick<RolloutHosts, "tryHere">;
  /** Tells whether this host has the cells of that name; one of a plugin among those may have to be started yet. */
  readonly has: (name: string) => boolean;
}

/** Cells that another host asks for: of a plugin, by the name of which one host has all. */
interface AskedCells {
  readonly name: string;
  readonly plugin: string;
  /** Revision that is live at least. */
  readonly revision: number;
}

/** Kinds of frames that a question begins with. */
const questions: readonly number[] = [farFrame.call, farFrame.handle, farFrame.trial];

/** Status of a host that has the cells no more (RFC 9110, section 15.5.11). */
const goneStatus = 410;

export class CellServer {
  readonly #server: Server;
  /** The same, where whoever asks shows a key. */
  readonly #keyed: KeyedServer | undefined;
  readonly #heap: HeapAccount;
  readonly #place: FarPlace;
  /** Connections that have not shown the key yet, the oldest first. */
  readonly #strangers = new Set<Socket>();
  readonly #connections = new ServedConnections();
  #cells: ServedCells | undefined;
  #stopped = false;

  private constructor(place: FarPlace, heap: HeapAccount) {
    this.#place = place;
    this.#heap = heap;
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      if (!this.#connections.begin(request.socket, response)) return;
      this.#serve(request, response).catch(() => response.destroy());
    };
    const patient = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
    if (!isKeyed(place)) {
      this.#server = createServer(patient, serve);
      return;
    }
    const server = createKeyedServer({ ...patient, ...keyedServerOptions(place.keys) }, serve);
    server.on("connection", (socket: Socket) => this.#meet(socket));
    server.on("secureConnection", (socket: TLSSocket) => this.#know(socket));
    this.#server = server;
    this.#keyed = server;
  }

  /** Listens; until it serves cells it has none. What is asked draws on `heap`. Throws what listening throws. */
  static async listen(place: FarPlace, heap: HeapAccount): Promise<CellServer> {
    const served = new CellServer(place, heap);
    const server = served.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      const at = isKeyed(place) ? { host: place.host, port: place.port } : { path: place.socketPath };
      // Its own, where this process is a worker that shares other sockets.
      server.listen({ ...at, exclusive: true }, resolve);
    });
    server.unref();
    return served;
  }

  /** Port that it listens on, where that is one. */
  get port(): number | undefined {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : undefined;
  }

  serve(cells: ServedCells): void {
    this.#cells = cells;
  }

  /** Has each connection show a key that is accepted from here on: none goes on from one before, and idle ones are closed. */
  forgetKeys(): void {
    this.#keyed?.setTicketKeys(randomBytes(48));
    this.#connections.retire();
  }

  /** Takes nothing more: whoever asks is sent on. */
  stop(): void {
    this.#stopped = true;
  }

  /** Answers what is under way, as far as somebody takes that, and ends. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const socket of this.#strangers) socket.destroy();
    // Whoever asked may stand still, and take no answer.
    const late = setTimeout(() => this.#server.closeAllConnections(), nodeBounds.endTime.value);
    this.#connections.retire();
    await this.#connections.ended();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await closed;
    clearTimeout(late);
    if (!isKeyed(this.#place)) rmSync(this.#place.socketPath, { force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (Number(request.headers[framesForm.header] ?? 1) > framesForm.form) {
      request.resume();
      return refuseUnknown(response);
    }
    const frames = framesOf(request, this.#heap);
    try {
      await this.#answer(frames, response);
    } finally {
      await frames.return(undefined);
    }
  }

  async #answer(frames: AsyncGenerator<FrameReader>, response: ServerResponse): Promise<void> {
    let frame: FrameReader | undefined;
    try {
      ({ value: frame } = await frames.next());
    } catch (error) {
      if (error instanceof HotcellError) return refuse(response, error);
      if (error instanceof Garbled) return refuseUnknown(response);
      throw error;
    }
    if (!frame) return void response.writeHead(400).end();
    if (!questions.includes(frame.kind)) return refuseUnknown(response);
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    const asked = { name: frame.text(), plugin: frame.text(), revision: frame.u32() };
    if (frame.kind === farFrame.call) await this.#call(asked, frame, response, gone.signal);
    else if (frame.kind === farFrame.trial) await this.#try(asked, frame, frames, response, gone);
    else await this.#handle(asked, frame, frames, response, gone.signal);
  }

  async #call(
    asked: AskedCells,
    frame: FrameReader,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { plugin } = asked;
    const [key, type] = [frame.text(), frame.text()];
    const sent = { refused: false };
    const context = { fuel: 0, signal, ...readOrigin(frame), way: readWay(frame), forHost: true, sent };
    let callable: Callable;
    let called: Promise<unknown>;
    try {
      const registry = await this.#beAt(asked);
      callable = await found(
        () => registry.callable(plugin, key),
        (live) => {
          if (writtenOut(live.type) !== type) throw otherType(plugin, key);
          // Before it is: who hears nothing asks elsewhere.
          response.writeProcessing();
          called = live.call(readArguments(live.type, frame), context);
          return live;
        },
      );
    } catch (error) {
      return refuse(response, error);
    }
    const outcome = await called!.then(
      (value) => valueFrame(callable.type, value, context.fuel),
      (thrown: unknown) => thrownFrame(callable.type, thrown, context.fuel),
    );
    if (sent.refused) response.writeHead(goneStatus).end();
    else response.writeHead(200).end(outcome);
  }

  async #handle(
    asked: AskedCells,
    frame: FrameReader,
    frames: AsyncGenerator<FrameReader>,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const sent = { refused: false };
    const context = { fuel: 0, signal, ...readOrigin(frame), way: readWay(frame), forHost: true, sent };

    let handler: () => Handler | Promise<Handler>;
    try {
      const registry = await this.#beAt(asked);
      handler = () => registry.handler(asked.plugin);
      await found(handler, () => {});
    } catch (error) {
      return refuse(response, error);
    }
    response.writeHead(200).flushHeaders();
    const [near, far] = exchangePair(() => {});
    signal.addEventListener("abort", () => far.cancel(left()));
    const receiving = receiveParts(far, frames).catch(() => undefined);
    const sending = sendParts(far, response);
    let outcome: Buffer;
    try {
      const mirrored = await MirroredExchange.accept(near, true);
      if (!mirrored) throw left();
      let handled: Promise<void>;
      await found(handler, (live) => {
        handled = live.handle(mirrored, context);
      });
      try {
        await handled!;
      } catch (thrown) {
        throw mirrored.told(thrown);
      } finally {
        await mirrored.sent();
      }
      outcome = doneFrame(context.fuel);
    } catch (thrown) {
      outcome = thrownFrame(undefined, thrown, context.fuel);
    }
    near.end();
    await sending;
    if (!response.destroyed) response.write(outcome);
    await receiving;
    response.end();
  }

  /** Trial of a version; `gone` is aborted when whoever asked says no more. */
  async #try(
    asked: AskedCells,
    frame: FrameReader,
    frames: AsyncGenerator<FrameReader>,
    response: ServerResponse,
    gone: AbortController,
  ): Promise<void> {
    skipUnreadable(frame);
    const [about, count] = [frame.text(), frame.u32()];
    using kept = new KeptPieces(this.#heap);
    let trials: ServedCells["trials"];
    try {
      await this.#beAt(asked);
      trials = this.#cells!.trials;
      // What is sent may take its time.
      response.writeProcessing();
      for (let i = 0; i < count; i++) {
        const { value: piece } = await frames.next();
        if (!piece) return void response.destroy();
        kept.add(piece);
      }
    } catch (error) {
      return refuse(response, error);
    }
    const ended = readOut(frames).finally(() => gone.abort());
    response.writeHead(200).flushHeaders();
    const tell = (text: string) => {
      const told = new FrameWriter(farFrame.told);
      told.text(text);
      if (!response.destroyed) response.write(told.finish(0));
    };
    const outcome = await trials.tryHere(asked, { about, pieces: kept.pieces }, tell, gone.signal).then(
      () => doneFrame(0),
      (thrown: unknown) => thrownFrame(undefined, thrown, 0),
    );
    if (!response.destroyed) response.end(outcome);
    await ended;
  }

  /** Makes what is live here no older than what the other host knows of. Throws `closed` where the cells are not here. */
  async #beAt({ name, plugin, revision }: AskedCells): Promise<ServedCells["registry"]> {
    const cells = this.#cells;
    if (this.#stopped || !cells?.has(name)) throw new HotcellError("closed", "This host has them no more.");
    const { registry } = cells;
    await registry.reach(plugin, revision)?.catch(() => {});
    return registry;
  }

  /** Whoever can reach the address may connect, and say nothing. */
  #meet(socket: Socket): void {
    this.#strangers.add(socket);
    socket.once("close", () => this.#strangers.delete(socket));
    socket.on("error", () => {});
    if (this.#strangers.size <= nodeBounds.strangers.value) return;
    const [oldest] = this.#strangers;
    oldest?.destroy();
  }

  #know(socket: TLSSocket): void {
    this.#connections.meet(socket);
    for (const each of this.#strangers)
      if (each.remotePort === socket.remotePort && each.remoteAddress === socket.remoteAddress) {
        this.#strangers.delete(each);
        return;
      }
  }
}

/** Reads on until there is no more, or whoever sends it is gone. */
async function readOut(frames: AsyncGenerator<FrameReader>): Promise<void> {
  try {
    while (!(await frames.next()).done);
  } catch {
    // It was cut off.
  }
}

/** Uses what is live in the turn in which it is found, so that no swap comes between. */
async function found<T, R>(find: () => T | Promise<T>, use: (live: T) => R): Promise<R> {
  for (;;) {
    const live = find();
    if (!(live instanceof Promise)) return use(live);
    await live;
  }
}

/** Answer with what came before anything was called. */
function refuse(response: ServerResponse, error: unknown): void {
  if (asHotcellError(error).code === "closed") response.writeHead(goneStatus).end();
  else response.writeHead(200).end(thrownFrame(undefined, error, 0));
}

/** Answer to another Hotcell that asks what this one does not know, before anything has begun. */
function refuseUnknown(response: ServerResponse): void {
  response.writeHead(unknownStatus, { [framesForm.header]: framesForm.form }).end();
}

function left(): HotcellError {
  return new HotcellError("cancelled", "Nobody waits for the answer any more.");
}

function otherType(plugin: string, key: string): HotcellError {
  return new HotcellError(
    "function-not-found",
    `${key} of ${plugin} has another type in the version that is live.`,
    {
      subject: key,
      remedy: "Look it up anew.",
    },
  );
}
