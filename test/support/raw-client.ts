/** HTTP byte by byte, as no well-behaved client sends it. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class RawClient {
  readonly socket: Socket;
  #received = "";
  #ended = false;
  #wake = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open({ port }: { port: number }): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Everything received so far, once that matches. Throws when the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      if (this.#ended) throw new Error(`ended before ${pattern}: ${this.#received}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received;
  }

  /** Everything received, once the other side has closed the connection. */
  async end(): Promise<string> {
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received;
  }
}

/** `METHOD PATH` with a Host that is let through, and what else is given; ends the header. */
export function head(line: string, ...fields: string[]): string {
  return [`${line} HTTP/1.1`, "Host: localhost", ...fields, "", ""].join("\r\n");
}
