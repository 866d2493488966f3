/** Registers on NATS, each the newest message of a subject. */
import { subjectPart } from "../../nats/nats-address.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import type { SharedRegister, SharedRegisters } from "../store.ts";

export class NatsRegisters implements SharedRegisters {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #prefix: string;

  constructor(link: NatsLink, stream: string, prefix: string) {
    this.#link = link;
    this.#stream = stream;
    this.#prefix = prefix;
  }

  async get(kind: string, name: string): Promise<SharedRegister | undefined> {
    const message = await this.#link.last(this.#stream, this.#subject(kind, name));
    return message && registerOf(message);
  }

  put(kind: string, name: string, text: string, expected?: number): Promise<number | undefined> {
    const condition = expected === undefined ? {} : { expected };
    return this.#link.publish(this.#subject(kind, name), { data: text, ...condition });
  }

  async all(kind: string): Promise<SharedRegister[]> {
    const messages = await this.#link.scan(this.#stream, `${this.#prefix}.${kind}.*`, { lastOnly: true });
    return messages.map(registerOf);
  }

  async follow(kind: string, take: (register: SharedRegister) => void, signal: AbortSignal): Promise<void> {
    const after = await this.#link.lastNumber(this.#stream);
    const told = (message: NatsMessage) => take(registerOf(message));
    await this.#link.follow(this.#stream, `${this.#prefix}.${kind}.*`, { after, signal, take: told });
  }

  /** Removes the registers of a kind into which nothing was put since that time of the servers, in milliseconds. */
  async forget(kind: string, since: number): Promise<void> {
    const heads = { lastOnly: true, headsOnly: true };
    const messages = await this.#link.scan(this.#stream, `${this.#prefix}.${kind}.*`, heads);
    for (const { subject, seq, time } of messages)
      if (time < since) await this.#link.purge(this.#stream, subject, seq + 1);
  }

  #subject(kind: string, name: string): string {
    return `${this.#prefix}.${kind}.${subjectPart(name)}`;
  }
}

function registerOf({ seq, data }: NatsMessage): SharedRegister {
  return { seq, text: Buffer.from(data).toString() };
}
