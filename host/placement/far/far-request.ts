/** Request to another host about a cell that it has, from the first frame until it is over. */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { type CallContext, watchLeaving } from "../../engine/call-context.ts";
import { HotcellError } from "../../errors.ts";
import { CellsMoved } from "./elsewhere.ts";
import { otherVersion, unknownStatus } from "./far-frames.ts";
import { type FarPlace, isKeyed } from "./far-place.ts";

export interface FarRequestOptions {
  /** Name of the cells. */
  readonly name: string;
  readonly plugin: string;
  /** Function that is called, or the plugin whose handler is. */
  readonly subject: string;
  readonly context: CallContext | undefined;
  /** Ends it, with its reason. */
  readonly ending: AbortSignal;
}

export class FarRequest {
  readonly plugin: string;
  readonly name: string;
  readonly since = performance.now();
  readonly request: ClientRequest;
  /** The other host's answer, which is there as soon as that has begun. */
  readonly response: Promise<IncomingMessage>;
  /** Set once the other host has said that it begins: until then nothing has happened, however the connection ends. */
  #begun = false;
  #left: unknown;
  #late: NodeJS.Timeout;
  readonly #context: CallContext | undefined;
  readonly #unwatch: () => void;

  /** Sends the first frame. */
  constructor(place: FarPlace, agent: Agent, first: Buffer, options: FarRequestOptions) {
    const { plugin, name, subject, context, ending } = options;
    this.plugin = plugin;
    this.name = name;
    this.#context = context;
    const to = isKeyed(place) ? { protocol: "https:", host: place.host, port: place.port } : place;
    const request = httpRequest({ ...to, agent, method: "POST", path: "/" });
    this.request = request;
    request.once("socket", (socket: Socket) =>
      this.#connect(socket, isKeyed(place) ? "secureConnect" : "connect"),
    );
    const watched = watchLeaving(context, subject, (error) => this.#leave(error), "under way");
    const end = () => this.#leave(ending.reason);
    ending.addEventListener("abort", end, { once: true });
    this.#unwatch = () => {
      watched();
      ending.removeEventListener("abort", end);
    };
    this.#late = this.#unlessBegun(nodeBounds.beginTime.value, () => new CellsMoved());
    request.once("information", () => this.#begin());
    this.response = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", (response: IncomingMessage) => {
        if (response.statusCode === 200) {
          this.#begin();
          return resolve(response);
        }
        response.resume();
        reject(response.statusCode === unknownStatus ? otherVersion(plugin) : new CellsMoved());
      });
      request.on("error", reject);
    });
    // Whoever waits for it is told.
    this.response.catch(() => {});
    if (ending.aborted) end();
    request.write(first);
  }

  /** Ends it, where the other host has not begun, and does not soon. */
  hurry(): void {
    if (this.#begun) return;
    clearTimeout(this.#late);
    this.#late = this.#unlessBegun(nodeBounds.endTime.value, () => endsUnbegun(this.plugin));
  }

  /** Ends it, since the other host has its cells no more. */
  lose(): void {
    this.#leave(this.#begun ? diedMeanwhile(this.plugin) : new CellsMoved());
  }

  /** True where it failed before the other host could say anything. */
  get unreachable(): boolean {
    return !this.#begun && this.#left === undefined;
  }

  /** The error as callers are told it. */
  failure(error: unknown): unknown {
    if (this.#left) return this.#left;
    if (error instanceof CellsMoved || error instanceof HotcellError) return error;
    return this.#begun ? diedMeanwhile(this.plugin) : new CellsMoved();
  }

  /** Heeds nobody's wishes any more. */
  over(): void {
    clearTimeout(this.#late);
    this.#unwatch();
  }

  #begin(): void {
    this.#begun = true;
    if (this.#context?.began === false) this.#context.began = true;
    clearTimeout(this.#late);
  }

  #connect(socket: Socket | TLSSocket, connected: "connect" | "secureConnect"): void {
    const connects = socket.connecting || ("secureConnecting" in socket && socket.secureConnecting === true);
    if (!connects) return;
    const late = setTimeout(() => socket.destroy(), nodeBounds.connectTime.value).unref();
    const over = () => clearTimeout(late);
    socket.once(connected, over).once("close", over);
  }

  #unlessBegun(time: number, why: () => unknown): NodeJS.Timeout {
    return setTimeout(() => this.#leave(why()), time).unref();
  }

  #leave(why: unknown): void {
    this.#left ??= why;
    this.request.destroy(new Error("Nobody waits for it any more."));
  }
}

export function diedMeanwhile(plugin: string): HotcellError {
  return new HotcellError(
    "process-died",
    `The host that runs ${plugin} ended while it was asked; what it did by then is done.`,
    {
      subject: plugin,
      retryAfter: 1,
      remedy: "Ask again where asking twice does no harm: another host runs it by then.",
    },
  );
}

function endsUnbegun(plugin: string): HotcellError {
  return new HotcellError(
    "closed",
    `The host is shutting down, and the one that has the cell of ${plugin} does not answer: nothing has happened.`,
    {
      subject: plugin,
      remedy: "Try again on another host, or when this one is back.",
      extra: { began: false },
    },
  );
}
