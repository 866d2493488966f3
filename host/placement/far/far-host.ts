/** Another host, which is asked to call the cells that it has. */
import type { IncomingMessage } from "node:http";
import { exchangePair } from "../../backends/exchange.ts";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { asHotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { writtenOut } from "../../wit/text/brief.ts";
import { writeOrigin } from "../process/call-origin.ts";
import { type FrameReader, FrameWriter } from "../process/frame.ts";
import { HandlerPump } from "../process/handler-pump.ts";
import { writeArguments } from "../process/value-codec.ts";
import { receiveParts, sendParts, sendPieces } from "./carried-exchange.ts";
import type { FarCells } from "./elsewhere.ts";
import { farFrame, framesOf, readOutcome, tooLarge, writeUnreadable, writeWay } from "./far-frames.ts";
import { agentTo, type FarPlace } from "./far-place.ts";
import { diedMeanwhile, FarRequest, type FarRequestOptions } from "./far-request.ts";

/** Keeper of a host for those who ask it. */
interface FarHostKeeper {
  /** It is asked something from here on, or nothing any more. */
  busy(busy: boolean): void;
  /** It could not be reached: it may have ended for good, and may be forgotten for those who come. */
  unreachable(): void;
}

/** Trial of a version by another host. */
export interface FarTrial {
  /** Resolves once that host has ended it; rejects with what it failed with, and as a call of its cells does. */
  readonly over: Promise<void>;
  /** Tells it that all is decided. */
  decide(): void;
  /** Waits for it no more. */
  leave(): void;
}

export class FarHost {
  readonly #place: FarPlace;
  readonly #agent: ReturnType<typeof agentTo>;
  readonly #heap: HeapAccount;
  readonly #asked = new Set<FarRequest>();
  readonly #keeper: FarHostKeeper | undefined;
  #stopped = false;

  /** Answers draw on `heap` until they are read. */
  constructor(place: FarPlace, heap: HeapAccount, keeper?: FarHostKeeper) {
    this.#place = place;
    this.#agent = agentTo(place);
    this.#heap = heap;
    this.#keeper = keeper;
  }

  /** Cells of a plugin there, by their name; `revision` gives the one that is to be live there, as it is known here. */
  cells(name: string, plugin: string, revision: () => number): FarCells {
    const frameTo = (kind: number) => {
      const frame = new FrameWriter(kind);
      frame.text(name);
      frame.text(plugin);
      frame.u32(revision());
      return frame;
    };
    return {
      here: false,
      call: async (key, type, args, ending, context) => {
        const frame = frameTo(farFrame.call);
        frame.text(key);
        frame.text(writtenOut(type));
        writeOrigin(frame, context);
        writeWay(frame, context);
        writeArguments(type, frame, args);
        if (frame.size > nodeBounds.message.value) throw tooLarge("argument", frame.size);
        const asked = this.#ask(frame.finish(0), { name, plugin, subject: key, context, ending });
        asked.request.end();
        let frames: AsyncGenerator<FrameReader> | undefined;
        try {
          frames = framesOf(await asked.response, this.#heap);
          const { value: outcome } = await frames.next();
          if (!outcome) throw diedMeanwhile(plugin);
          const value = readOutcome(outcome, key, type, context);
          // Read to its end, so that the connection is there for the next one.
          await frames.next();
          return value;
        } catch (error) {
          throw asked.failure(error);
        } finally {
          this.#over(asked);
          await frames?.return(undefined);
        }
      },
      handle: async (exchange, ending, context) => {
        const frame = frameTo(farFrame.handle);
        writeOrigin(frame, context);
        writeWay(frame, context);
        const asked = this.#ask(frame.finish(0), { name, plugin, subject: plugin, context, ending });
        let response: IncomingMessage;
        try {
          response = await asked.response;
        } catch (error) {
          asked.request.destroy();
          this.#over(asked);
          throw asked.failure(error);
        }
        const [near, far] = exchangePair(() => {});
        const pump = new HandlerPump(plugin, exchange, near);
        const pumping = pump.run();
        void sendParts(far, asked.request);
        const frames = framesOf(response, this.#heap);
        try {
          const outcome = await receiveParts(far, frames);
          asked.request.end();
          if (!outcome) throw diedMeanwhile(plugin);
          await frames.next();
          readOutcome(outcome, plugin, undefined, context);
        } catch (thrown) {
          const error = asked.failure(thrown);
          asked.request.destroy();
          far.cancel(asHotcellError(error));
          await pumping;
          throw pump.failureOf(error);
        } finally {
          this.#over(asked);
          await frames.return(undefined);
        }
        await pumping;
        if (pump.failure) throw pump.failure;
      },
    };
  }

  /**
   * Conversation about a version that is to be tried in the plugin's cells there: `about` is a text, `pieces` are bytes of the version, and
   * `hear` gets texts that come back until it is over.
   */
  tryOut(
    { name, plugin, revision }: { name: string; plugin: string; revision: number },
    { about, pieces }: { about: string; pieces: readonly Uint8Array[] },
    hear: (told: string) => void,
  ): FarTrial {
    const frame = new FrameWriter(farFrame.trial);
    frame.text(name);
    frame.text(plugin);
    frame.u32(revision);
    writeUnreadable(frame);
    frame.text(about);
    frame.u32(pieces.length);
    const ending = new AbortController();
    const { signal } = ending;
    const asked = this.#ask(frame.finish(0), {
      ...{ name, plugin, subject: plugin, context: undefined, ending: signal },
    });
    const { request } = asked;
    const sent = sendPieces(pieces, request);
    const over = (async () => {
      let frames: AsyncGenerator<FrameReader> | undefined;
      try {
        frames = framesOf(await asked.response, this.#heap);
        for (;;) {
          const { value: frame } = await frames.next();
          if (!frame) throw diedMeanwhile(plugin);
          if (frame.kind === farFrame.told) hear(frame.text());
          else return void readOutcome(frame, plugin, undefined, undefined);
        }
      } catch (error) {
        throw asked.failure(error);
      } finally {
        // Whoever has failed by itself waits for the end of what it is told.
        if (!request.writableEnded && !request.destroyed) request.end();
        this.#over(asked);
        await frames?.return(undefined);
      }
    })();
    return {
      over,
      decide: () => void sent.then(() => request.end()),
      leave: () => ending.abort(diedMeanwhile(plugin)),
    };
  }

  /** Ends what it does not begin soon, from now on: this host is about to end. */
  stop(): void {
    this.#stopped = true;
    for (const asked of this.#asked) asked.hurry();
  }

  /** Names of cells that it has been asked for since before that time, by `performance.now()`, and has not answered. */
  waitedFor(before: number): ReadonlySet<string> {
    return new Set([...this.#asked].filter(({ since }) => since < before).map(({ name }) => name));
  }

  /** Ends what it is asked of cells that it has no more. */
  lose(name: string): void {
    for (const asked of this.#asked) if (asked.name === name) asked.lose();
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(first: Buffer, options: FarRequestOptions): FarRequest {
    const asked = new FarRequest(this.#place, this.#agent, first, options);
    this.#asked.add(asked);
    if (this.#asked.size === 1) this.#keeper?.busy(true);
    asked.request.once("error", () => {
      if (asked.unreachable) this.#keeper?.unreachable();
    });
    if (this.#stopped) asked.hurry();
    return asked;
  }

  #over(asked: FarRequest): void {
    this.#asked.delete(asked);
    if (this.#asked.size === 0) this.#keeper?.busy(false);
    asked.over();
  }
}
