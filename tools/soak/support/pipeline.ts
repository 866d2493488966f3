/** A client that sends several requests on one connection before it reads the answers, at little cost of its own. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
}

export interface Received {
  readonly status: number;
  readonly body: Buffer;
}

const endOfHead = Buffer.from("\r\n\r\n");

export class PipelineClient {
  readonly #url: URL;
  readonly #headers: string;
  #socket: Socket | undefined;
  #left: Buffer = Buffer.alloc(0);

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = new URL(url);
    const lines = Object.entries({ host: this.#url.host, ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    this.#headers = lines.join("");
  }

  /** The answers in order. Throws when the connection ends before all are here. */
  async ask(requests: readonly Sent[]): Promise<Received[]> {
    this.#socket ??= await this.#connect();
    const socket = this.#socket;
    const head = ({ method, path, type, body }: Sent) =>
      `${method} ${path} HTTP/1.1\r\n${this.#headers}content-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(Buffer.concat(requests.flatMap((request) => [Buffer.from(head(request)), request.body])));
    const answers: Received[] = [];
    while (answers.length < requests.length) answers.push(await this.#receive(socket));
    return answers;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connect(): Promise<Socket> {
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    socket.setNoDelay(true);
    await once(socket, "connect");
    return socket;
  }

  async #receive(socket: Socket): Promise<Received> {
    let end = this.#left.indexOf(endOfHead);
    while (end < 0) {
      await this.#more(socket);
      end = this.#left.indexOf(endOfHead);
    }
    const head = this.#left.toString("latin1", 0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (/^transfer-encoding:/im.test(head)) throw new Error(`an answer of unknown length: ${head}`);
    const start = end + endOfHead.length;
    while (this.#left.length < start + length) await this.#more(socket);
    const body = Buffer.from(this.#left.subarray(start, start + length));
    this.#left = this.#left.subarray(start + length);
    return { status: Number(head.slice(9, 12)), body };
  }

  async #more(socket: Socket): Promise<void> {
    let chunk = socket.read() as Buffer | null;
    while (chunk === null) {
      if (socket.readableEnded || socket.destroyed) throw new Error("the connection ended without an answer");
      await new Promise<void>((resolve) => {
        const done = () => {
          for (const event of ["readable", "end", "close", "error"]) socket.off(event, done);
          resolve();
        };
        for (const event of ["readable", "end", "close", "error"]) socket.once(event, done);
      });
      chunk = socket.read() as Buffer | null;
    }
    this.#left = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
  }
}
