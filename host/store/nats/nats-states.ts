/** States of plugins on NATS: a register of each says where its chunks are, and is changed by compare-and-set. */
import { randomUUID } from "node:crypto";
import { HotcellError } from "../../errors.ts";
import { getChunks, putChunks, sweepChunks } from "../../nats/chunks.ts";
import { subjectPart } from "../../nats/nats-address.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import { ofNewerHotcell, unknownIn } from "../../skew/known-form.ts";
import { digestOf, staleLease } from "../refusals.ts";
import type { KeptState, SharedStates } from "../shared-states.ts";

/** Milliseconds after which chunks that no register names are those of a host that died. */
const lostAfter = 600_000;

interface StateRegister {
  /** Highest of those who took or saved it. */
  readonly token: number;
  /** Its plugin was removed when that one had it. */
  readonly removed?: true;
  readonly state?: {
    readonly version: string;
    readonly digest: string;
    readonly upload: string;
    readonly chunks: number;
  };
}

/** Form of such registers: a host that does not know one has no state that a cell could begin with, and keeps none in its place. */
const stateForm = { form: 1, members: ["token", "removed", "state"] };
const placeForm = { form: 1, members: ["version", "digest", "upload", "chunks"] };

export class NatsStates implements SharedStates {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #prefix: string;

  /** Subjects of the stream that begin with `prefix` are its own. */
  constructor(link: NatsLink, stream: string, prefix: string) {
    this.#link = link;
    this.#stream = stream;
    this.#prefix = prefix;
  }

  async take(plugin: string, token: number): Promise<KeptState | undefined> {
    for (const outrun = this.#turns(plugin); ; await outrun()) {
      const { register, seq } = await this.#known(plugin);
      if (register.token > token) throw staleLease(plugin);
      const { state } = register;
      if (!(await this.#write(plugin, { token, ...(state && { state }) }, seq))) continue;
      if (!state) return undefined;
      const bytes = await getChunks(
        this.#link,
        this.#stream,
        this.#chunks(plugin, state.upload),
        state.chunks,
      );
      if (bytes && digestOf(bytes) === state.digest) return { version: state.version, bytes };
      throw stateDamaged(plugin);
    }
  }

  async put(plugin: string, token: number, state: KeptState | undefined): Promise<boolean> {
    const upload = randomUUID();
    const place = this.#chunks(plugin, upload);
    let stored = false;
    try {
      const placed = state && {
        version: state.version,
        digest: digestOf(state.bytes),
        upload,
        chunks: await putChunks(this.#link, place, state.bytes),
      };
      for (const outrun = this.#turns(plugin); ; await outrun()) {
        const { register, seq } = await this.#known(plugin);
        if (register.token > token || (register.token === token && register.removed)) return false;
        if (!placed && !register.state && seq === 0) return true;
        if (!(await this.#write(plugin, { token, ...(placed && { state: placed }) }, seq))) continue;
        stored = true;
        if (register.state) await this.#purge(this.#chunks(plugin, register.state.upload));
        if (register.token !== token) await this.#sweep(plugin);
        return true;
      }
    } finally {
      if (!stored && state) await this.#purge(place).catch(() => {});
    }
  }

  async forget(plugin: string): Promise<void> {
    for (const outrun = this.#turns(plugin); ; await outrun()) {
      const { register, seq } = await this.#read(plugin);
      if (seq === 0 || register.removed) return;
      if (!(await this.#write(plugin, { token: register.token, removed: true }, seq))) continue;
      if (register.state) await this.#purge(this.#chunks(plugin, register.state.upload));
      return;
    }
  }

  #turns(plugin: string): () => Promise<void> {
    return this.#link.turns(this.#register(plugin));
  }

  /** Throws `store-too-new` for one that is not known. */
  async #known(plugin: string): Promise<{ readonly register: StateRegister; readonly seq: number }> {
    const read = await this.#read(plugin);
    const { state } = read.register;
    const unknown = unknownIn(read.register, stateForm) ?? (state && unknownIn(state, placeForm));
    if (unknown !== undefined) throw ofNewerHotcell(`the state of ${plugin}`, unknown);
    return read;
  }

  /** Register whose `token` and `upload` are in all forms. */
  async #read(plugin: string): Promise<{ readonly register: StateRegister; readonly seq: number }> {
    const message = await this.#link.last(this.#stream, this.#register(plugin));
    if (!message) return { register: { token: 0 }, seq: 0 };
    return { register: JSON.parse(Buffer.from(message.data).toString()) as StateRegister, seq: message.seq };
  }

  async #write(plugin: string, register: StateRegister, expected: number): Promise<boolean> {
    const data = JSON.stringify(register);
    return (await this.#link.publish(this.#register(plugin), { data, expected })) !== undefined;
  }

  async #purge(place: string): Promise<void> {
    await this.#link.purge(this.#stream, `${place}.*`);
  }

  /** Removes what hosts left that died while they saved. */
  #sweep(plugin: string): Promise<void> {
    const below = `${this.#prefix}.b.${subjectPart(plugin)}`;
    const named = async () => new Set([(await this.#read(plugin)).register.state?.upload ?? ""]);
    return sweepChunks(this.#link, { stream: this.#stream, below, age: lostAfter }, named);
  }

  #register(plugin: string): string {
    return `${this.#prefix}.r.${subjectPart(plugin)}`;
  }

  #chunks(plugin: string, upload: string): string {
    return `${this.#prefix}.b.${subjectPart(plugin)}.${upload}`;
  }
}

function stateDamaged(plugin: string): HotcellError {
  return new HotcellError("store-corrupt", `The state that was kept of ${plugin} is not whole.`, {
    subject: plugin,
    remedy: "Deploy the plugin again, or remove it: it begins without a state then.",
  });
}
