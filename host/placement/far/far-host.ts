/** Another host on this machine, which is asked to call the cells that it has. */
import { Agent, type IncomingMessage } from "node:http";
import { exchangePair } from "../../backends/exchange.ts";
import { asHotcellError } from "../../errors.ts";
import { writtenOut } from "../../wit/text/brief.ts";
import { writeOrigin } from "../process/call-origin.ts";
import { FrameWriter } from "../process/frame.ts";
import { HandlerPump } from "../process/handler-pump.ts";
import { writeArguments } from "../process/value-codec.ts";
import { receiveParts, sendParts } from "./carried-exchange.ts";
import type { FarCells } from "./elsewhere.ts";
import { farFrame, framesOf, readOutcome, writeWay } from "./far-frames.ts";
import { diedMeanwhile, FarRequest, type FarRequestOptions } from "./far-request.ts";

export class FarHost {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  readonly #asked = new Set<FarRequest>();
  readonly #unreachable: () => void;
  #stopped = false;

  /** `unreachable` is called when it could not be reached: it may have ended for good, and whoever keeps it for others may forget it. */
  constructor(socketPath: string, unreachable: () => void = () => {}) {
    this.#socketPath = socketPath;
    this.#unreachable = unreachable;
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
        const asked = this.#ask(frame.finish(0), { plugin, subject: key, context, ending });
        asked.request.end();
        try {
          const frames = framesOf(await asked.response);
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
        }
      },
      handle: async (exchange, ending, context) => {
        const frame = frameTo(farFrame.handle);
        writeOrigin(frame, context);
        writeWay(frame, context);
        const asked = this.#ask(frame.finish(0), { plugin, subject: plugin, context, ending });
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
        const frames = framesOf(response);
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
        }
        await pumping;
        if (pump.failure) throw pump.failure;
      },
    };
  }

  /** Ends what it does not begin soon, from now on: this host is about to end. */
  stop(): void {
    this.#stopped = true;
    for (const asked of this.#asked) asked.hurry();
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(first: Buffer, options: FarRequestOptions): FarRequest {
    const asked = new FarRequest({ socketPath: this.#socketPath, agent: this.#agent }, first, options);
    this.#asked.add(asked);
    asked.request.once("error", () => {
      if (!asked.request.socket || asked.request.socket.connecting) this.#unreachable();
    });
    if (this.#stopped) asked.hurry();
    return asked;
  }

  #over(asked: FarRequest): void {
    this.#asked.delete(asked);
    asked.over();
  }
}
