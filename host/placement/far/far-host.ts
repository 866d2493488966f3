/** Another host on this machine, which is asked to call the cells that it has. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { exchangePair } from "../../backends/exchange.ts";
import { type CallContext, watchLeaving } from "../../engine/call-context.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { writtenOut } from "../../wit/text/brief.ts";
import { writeOrigin } from "../process/call-origin.ts";
import { FrameWriter } from "../process/frame.ts";
import { HandlerPump } from "../process/handler-pump.ts";
import { writeArguments } from "../process/value-codec.ts";
import { receiveParts, sendParts } from "./carried-exchange.ts";
import { CellsMoved, type FarCells } from "./elsewhere.ts";
import { farFrame, framesOf, readOutcome, writeWay } from "./far-frames.ts";

export class FarHost {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
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
      call: async (key, type, args, context) => {
        const frame = frameTo(farFrame.call);
        frame.text(key);
        frame.text(writtenOut(type));
        writeOrigin(frame, context);
        writeWay(frame, context);
        writeArguments(type, frame, args);
        const asked = this.#ask(frame.finish(0), plugin, context, key);
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
          asked.over();
        }
      },
      handle: async (exchange, context) => {
        const frame = frameTo(farFrame.handle);
        writeOrigin(frame, context);
        writeWay(frame, context);
        const asked = this.#ask(frame.finish(0), plugin, context, plugin);
        let response: IncomingMessage;
        try {
          response = await asked.response;
        } catch (error) {
          asked.request.destroy();
          asked.over();
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
          asked.over();
        }
        await pumping;
        if (pump.failure) throw pump.failure;
      },
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Sends the first frame; its answer is there as soon as the other host has begun. */
  #ask(first: Buffer, plugin: string, context: CallContext | undefined, subject: string): Asked {
    const request = httpRequest({
      socketPath: this.#socketPath,
      agent: this.#agent,
      method: "POST",
      path: "/",
    });
    let left: HotcellError | undefined;
    const over = watchLeaving(
      context,
      subject,
      (error) => {
        left = error;
        request.destroy(error);
      },
      "under way",
    );
    // The other host says so before it begins: until then nothing has happened, however the connection ends.
    let begun = false;
    request.once("information", () => {
      begun = true;
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", (response: IncomingMessage) => {
        begun ||= response.statusCode === 200;
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new CellsMoved());
      });
      request.on("error", reject);
    });
    // Whoever waits for it is told.
    response.catch(() => {});
    request.write(first);
    const failure = (error: unknown) => {
      if (left) return left;
      if (error instanceof CellsMoved || error instanceof HotcellError) return error;
      return begun ? diedMeanwhile(plugin) : new CellsMoved();
    };
    return { request, response, over, failure };
  }
}

interface Asked {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
  readonly over: () => void;
  /** The error as callers are told it. */
  readonly failure: (error: unknown) => unknown;
}

function diedMeanwhile(plugin: string): HotcellError {
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
