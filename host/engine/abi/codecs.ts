import type { StringEncoding } from "../../component/component-type.ts";
import { CodeCopies } from "../../wit/values/code-copies.ts";
import { ownShape } from "../../wit/values/own-shape.ts";
import { hostBoundary, siblingBoundary } from "./boundaries.ts";
import { Codec, type ResolveResource } from "./codec.ts";
import { type RecordMovers, recordMovers } from "./record-code.ts";

/** Canonical options that a codec is made for. */
export interface CodecOptions {
  readonly encoding: StringEncoding;
  /** Index of the component instance that the definition is in. */
  readonly component: number;
  readonly resources: ResolveResource;
}

/** Codecs of one component: one for each component instance, encoding and side. */
export class Codecs {
  readonly #records: RecordMovers = new CodeCopies(recordMovers, ownShape);
  readonly #made = new Map<string, Codec>();

  toHost({ component, encoding, resources }: CodecOptions): Codec {
    return this.#once(
      `${component} ${encoding}`,
      () => new Codec(hostBoundary(encoding, resources), this.#records),
    );
  }

  /** `from` is the sibling's encoding. */
  toSibling({ component, encoding, resources }: CodecOptions, from: StringEncoding): Codec {
    const key = `${component} ${encoding} ${from}`;
    return this.#once(key, () => new Codec(siblingBoundary(encoding, resources, from), this.#records));
  }

  #once(key: string, make: () => Codec): Codec {
    let codec = this.#made.get(key);
    if (!codec) {
      codec = make();
      this.#made.set(key, codec);
    }
    return codec;
  }
}
