/**
 * What a cell does with a backend, for the contract suite: each runs in the host's own process, and, by its text, in a
 * process of its own. So a scenario knows nothing but its arguments.
 */
import type { BackendClient } from "../../host/backends/backend.ts";
import type { Data } from "../../host/backends/data.ts";
import type { HotcellError } from "../../host/errors.ts";

interface Near {
  readonly backend: BackendClient;
  /** The cell ends; what is asked afterwards is another's. */
  readonly endCell: () => void;
}

type Scenario = (near: Near) => Promise<Data>;

export const scenarios = {
  async everyKind({ backend }) {
    return backend.ask("echo", {
      nothing: null,
      yes: true,
      no: false,
      half: 0.5,
      large: 2n ** 64n - 1n,
      small: -(2n ** 63n),
      text: "grün 💡",
      half_letter: "a\ud800",
      bytes: new Uint8Array([0, 255]),
      list: [[], {}, ""],
      ["__proto__"]: 1,
    });
  },

  async origin({ backend }) {
    const exchange = backend.exchange("origin", null);
    const opened = (await exchange.receive()) ?? null;
    exchange.end();
    return [await backend.ask("origin", null), opened];
  },

  async refusal({ backend }) {
    const refused = await Promise.resolve(backend.ask("refuse", null)).catch((error: HotcellError) => error);
    const { code, message, facts } = refused as HotcellError;
    return { code, message, remedy: facts.remedy ?? null, limit: facts.limit ?? null };
  },

  async failure({ backend }) {
    const failed = await Promise.resolve(backend.ask("fail", null)).catch((error: HotcellError) => error);
    const { code, message } = failed as HotcellError;
    return { code, told: message };
  },

  async order({ backend }) {
    for (let i = 0; i < 100; i++) backend.tell("note", i);
    return backend.ask("notes", null);
  },

  async manyAtOnce({ backend }) {
    return Promise.all(Array.from({ length: 200 }, (_, i) => backend.ask("echo", i)));
  },

  async bothWays({ backend }) {
    const exchange = backend.exchange("echoParts", { head: 1 });
    const send = async () => {
      for (let i = 0; i < 300; i++) await exchange.send(new Uint8Array(10_000).fill(i));
      await exchange.send({ trailers: [["a", "b"]] });
      exchange.end();
    };
    const sending = send();
    let bytes = 0;
    let last: Data = null;
    for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive()) {
      if (part instanceof Uint8Array) bytes += part.length;
      else last = part;
    }
    await sending;
    return { bytes, last };
  },

  async backPressureThere({ backend }) {
    const exchange = backend.exchange("readLater", null);
    let sent = 0;
    const send = async () => {
      for (; sent < 100; sent++) await exchange.send(new Uint8Array(30_000));
      exchange.end();
    };
    const sending = send();
    await backend.ask("echo", null);
    const before = sent;
    await backend.ask("readNow", null);
    await sending;
    return { before, sent, read: (await exchange.receive()) ?? null };
  },

  async backPressureBack({ backend }) {
    const exchange = backend.exchange("writeAll", null);
    await backend.ask("echo", null);
    const before = await backend.ask("written", null);
    let parts = 0;
    while ((await exchange.receive()) !== undefined) parts++;
    exchange.end();
    return { before, parts };
  },

  async endOfTheCell({ backend, endCell }) {
    const asked = Promise.resolve(backend.ask("never", null)).catch((error: HotcellError) => error.code);
    const exchange = backend.exchange("readAll", null);
    const received = exchange.receive().catch((error: HotcellError) => error.code);
    await backend.ask("echo", null);
    endCell();
    const sent = await exchange.send(1).catch((error: HotcellError) => error.code);
    const told = await backend.ask("told", null);
    return { asked: await asked, received: (await received) ?? null, sent: sent ?? null, told };
  },

  async lateAnswer({ backend, endCell }) {
    const asked = Promise.resolve(backend.ask("answerLate", null)).catch((error: HotcellError) => error.code);
    await backend.ask("echo", null);
    endCell();
    const code = await asked;
    return [code, await backend.ask("answerNow", null), await backend.ask("echo", "still here")];
  },

  async cutByTheDriver({ backend }) {
    const exchange = backend.exchange("cutOff", null);
    const first = await exchange.receive();
    await backend.ask("readNow", null);
    const failed = await exchange.receive().catch((error: HotcellError) => error);
    const { code, message } = failed as HotcellError;
    return { first: first ?? null, code, message, aborted: exchange.signal.aborted };
  },

  async driverEndsFirst({ backend }) {
    const exchange = backend.exchange("answerAndGo", null);
    for (let i = 0; i < 50; i++) await exchange.send(new Uint8Array(30_000));
    const answer = await exchange.receive();
    const end = await exchange.receive();
    exchange.end();
    return { answer: answer ?? null, ended: end === undefined };
  },

  async tooMany({ backend, endCell }) {
    const asked: Promise<Data>[] = [];
    let refused: Data = null;
    for (let i = 0; i < 300 && refused === null; i++) {
      try {
        asked.push(Promise.resolve(backend.ask("never", null)));
      } catch (error) {
        const { code, facts } = error as HotcellError;
        refused = { code, limit: facts.limit ?? null, remedy: facts.remedy ?? null };
      }
    }
    endCell();
    const codes = await Promise.all(asked.map((each) => each.catch((error: HotcellError) => error.code)));
    return { asked: codes.length, codes: [...new Set(codes)], refused, after: await backend.ask("echo", 1) };
  },

  async tooMuch({ backend }) {
    try {
      return await backend.ask("echo", new Uint8Array(2 ** 20));
    } catch (error) {
      const { code, facts } = error as HotcellError;
      return { code, subject: facts.subject ?? null, limit: facts.limit ?? null };
    }
  },

  async tooMuchBack({ backend }) {
    const failed = await Promise.resolve(backend.ask("hugeAnswer", null)).catch(
      (error: HotcellError) => error,
    );
    return [(failed as HotcellError).code, await backend.ask("echo", 1)];
  },

  async unreadParts({ backend, endCell }) {
    const exchanges: ReturnType<BackendClient["exchange"]>[] = [];
    const ask = () => {
      const exchange = backend.exchange("writeSome", null);
      exchange.end();
      exchanges.push(exchange);
    };
    let refused: Data = null;
    while (refused === null && exchanges.length < 300) {
      try {
        ask();
        // By now the driver has ended it, and all of it has come.
        await backend.ask("echo", null);
      } catch (error) {
        refused = (error as HotcellError).facts.subject ?? "no subject";
      }
    }
    const unread = exchanges.length;
    for (const exchange of exchanges.splice(0)) while ((await exchange.receive()) !== undefined);
    for (let i = 0; i < unread; i++) ask();
    endCell();
    for (let i = 0; i < unread; i++) ask();
    endCell();
    return { unread, refused };
  },

  async roomComesBack({ backend }) {
    let answered = 0;
    for (let i = 0; i < 400; i++) {
      const exchange = backend.exchange("echoParts", null);
      exchange.end();
      while ((await exchange.receive()) !== undefined);
      await backend.ask("echo", new Uint8Array(100_000));
      answered++;
    }
    return answered;
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
