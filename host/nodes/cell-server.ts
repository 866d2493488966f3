/** Server of a host's cells for the other hosts: over a socket in the data folder, which its owner alone can open. */
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { exchangePair } from "../backends/exchange.ts";
import { nodeBounds } from "../bounds/node-bounds.ts";
import { asHotcellError, HotcellError } from "../errors.ts";
import { receiveParts, sendParts } from "../placement/far/carried-exchange.ts";
import {
  doneFrame,
  farFrame,
  framesOf,
  readWay,
  thrownFrame,
  valueFrame,
} from "../placement/far/far-frames.ts";
import { readOrigin } from "../placement/process/call-origin.ts";
import type { FrameReader } from "../placement/process/frame.ts";
import { MirroredExchange } from "../placement/process/mirrored-exchange.ts";
import { readArguments } from "../placement/process/value-codec.ts";
import type { Callable, Registry } from "../registry/api.ts";
import { writtenOut } from "../wit/text/brief.ts";

/** Cells that are served: those alone that this host has. */
export interface ServedCells {
  readonly registry: Pick<Registry, "callable" | "handler" | "revision" | "reconcile">;
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

/** Status of a host that has the cells no more (RFC 9110, section 15.5.11). */
const goneStatus = 410;

export class CellServer {
  readonly #server: Server;
  readonly #cells: ServedCells;
  readonly #path: string;
  #stopped = false;

  private constructor(path: string, cells: ServedCells) {
    this.#path = path;
    this.#cells = cells;
    this.#server = createServer(
      { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
      (request, response) => {
        this.#serve(request, response).catch(() => response.destroy());
      },
    );
  }

  /** Throws what listening throws. */
  static async listen(path: string, cells: ServedCells): Promise<CellServer> {
    const served = new CellServer(path, cells);
    await new Promise<void>((resolve, reject) => {
      served.#server.once("error", reject);
      // Its own, where this process is a worker that shares other sockets.
      served.#server.listen({ path, exclusive: true }, resolve);
    });
    served.#server.unref();
    return served;
  }

  /** Takes nothing more: whoever asks is sent on. */
  stop(): void {
    this.#stopped = true;
  }

  /** Answers what is under way, as far as somebody takes that, and ends. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    // Whoever asked may stand still, and take no answer.
    const late = setTimeout(() => this.#server.closeAllConnections(), nodeBounds.endTime.value);
    await closed;
    clearTimeout(late);
    rmSync(this.#path, { force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const frames = framesOf(request);
    const { value: frame } = await frames.next();
    if (!frame) return void response.writeHead(400).end();
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    const asked = { name: frame.text(), plugin: frame.text(), revision: frame.u32() };
    if (frame.kind === farFrame.call) await this.#call(asked, frame, response, gone.signal);
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
    const context = { fuel: 0, signal, ...readOrigin(frame), way: readWay(frame), forHost: true };
    let callable: Callable;
    let called: Promise<unknown>;
    try {
      await this.#beAt(asked);
      callable = await found(
        () => this.#cells.registry.callable(plugin, key),
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
    response.writeHead(200).end(outcome);
  }

  async #handle(
    asked: AskedCells,
    frame: FrameReader,
    frames: AsyncGenerator<FrameReader>,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const context = { fuel: 0, signal, ...readOrigin(frame), way: readWay(frame), forHost: true };
    const handler = () => this.#cells.registry.handler(asked.plugin);
    try {
      await this.#beAt(asked);
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
      const mirrored = await MirroredExchange.accept(near);
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

  /** Makes what is live here no older than what the other host knows of. Throws `closed` where the cells are not here. */
  async #beAt({ name, plugin, revision }: AskedCells): Promise<void> {
    const { registry, has } = this.#cells;
    if (this.#stopped || !has(name)) throw new HotcellError("closed", "This host has them no more.");
    if ((registry.revision(plugin) ?? 0) < revision) await registry.reconcile(plugin).catch(() => {});
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
