import * as v from "valibot";
import type { Backend, Driver } from "../../host/backends/backend.ts";
import { expectData, UnexpectedData } from "../../host/backends/backend.ts";
import type { Data } from "../../host/backends/data.ts";
import type { Exchange } from "../../host/backends/exchange.ts";
import type { CallOrigin } from "../../host/engine/call-context.ts";
import { HotcellError } from "../../host/errors.ts";

/** Driver that does whatever the contract suite asks it to. One a test. */
export function testDriver(): Driver {
  return { bind: () => new TestBackend() };
}

class TestBackend implements Backend {
  readonly #notes: Data[] = [];
  /** Endings that were told. */
  readonly #told: string[] = [];
  readonly #allTold = Promise.withResolvers<void>();
  #readNow = Promise.withResolvers<void>();
  #late: PromiseWithResolvers<Data> | undefined;
  #written = 0;

  tell(_operation: string, data: Data): void {
    this.#notes.push(expectData(v.number(), data));
  }

  ask(operation: string, data: Data, signal: AbortSignal, call?: CallOrigin): Data | Promise<Data> {
    switch (operation) {
      case "origin":
        return originAsData(call);
      case "echo":
        return data;
      case "notes":
        return this.#notes;
      case "told":
        return this.#endings();
      case "written":
        return this.#written;
      case "readNow":
        this.#readNow.resolve();
        return null;
      case "refuse":
        throw new HotcellError("no-capacity", "There is no room.", { limit: 3, remedy: "Wait." });
      case "fail":
        throw new Error("a connection of the host's, with its password");
      case "hugeAnswer":
        return new Uint8Array(2 ** 20);
      case "never":
        signal.addEventListener("abort", () => this.#tellEnding("ask"));
        return new Promise(() => {});
      case "answerLate":
        this.#late = Promise.withResolvers();
        return this.#late.promise;
      case "answerNow":
        this.#late!.resolve("too late");
        return null;
      default:
        throw new UnexpectedData(`it asked for ${operation}`);
    }
  }

  /** Both endings that a scenario brings about, once they are told: frames of them may come apart. */
  async #endings(): Promise<Data> {
    await this.#allTold.promise;
    return this.#told.toSorted();
  }

  #tellEnding(of: string): void {
    this.#told.push(of);
    if (this.#told.length === 2) this.#allTold.resolve();
  }

  async open(operation: string, _data: Data, exchange: Exchange, call?: CallOrigin): Promise<void> {
    switch (operation) {
      case "origin":
        await exchange.send(originAsData(call));
        return;
      case "echoParts":
        for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive())
          await exchange.send(part);
        return;
      case "readLater":
        await this.#readNow.promise;
        await exchange.send(await bytesOf(exchange));
        return;
      case "readAll":
        await bytesOf(exchange).catch(() => this.#tellEnding("receive"));
        return;
      case "writeAll":
        for (; this.#written < 100; this.#written++) await exchange.send(new Uint8Array(30_000));
        return;
      case "writeSome":
        await exchange.send(new Uint8Array(30_000));
        return;
      case "cutOff":
        await exchange.send("first");
        await this.#readNow.promise;
        throw new HotcellError("timeout", "The other side is silent.");
      case "answerAndGo":
        await exchange.send("answer");
        return;
      default:
        throw new UnexpectedData(`it opened ${operation}`);
    }
  }
}

function originAsData({ caller, trace, deadline, signal }: CallOrigin = {}): Data {
  const { traceparent = null } = trace ?? {};
  return { caller: caller ?? null, traceparent, deadline: deadline ?? null, signal: signal !== undefined };
}

async function bytesOf(exchange: Exchange): Promise<number> {
  let bytes = 0;
  for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive())
    bytes += (part as Uint8Array).length;
  return bytes;
}
