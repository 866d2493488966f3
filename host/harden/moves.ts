import { ByteWriter } from "../wasm/byte-writer.ts";
import { coreReader } from "../wasm/core-reader.ts";

/** Places where the code of a hardened module lay before: kept for modules that say where their code comes from. */
export interface CodeMoves {
  /** Functions of the module that have no body, before those that have one. */
  readonly importedFunctions: number;
  /** Per function with a body: where that begins in the hardened module, and where `stretches` tell of it. */
  readonly bodies: Uint32Array;
  readonly starts: Uint32Array;
  /** Per stretch of code that was copied: how much further it begins in the new body, and in the old one, than the last. */
  readonly stretches: Uint8Array;
}

/** Bytes that are read of what is kept of one function. */
const maxRead = 64 * 1024;

/** Notes where code goes while a module is rewritten. */
export class MoveRecorder {
  readonly #stretches = new ByteWriter(1024);
  readonly #bodies: number[] = [];
  readonly #starts: number[] = [];
  #oldBody = 0;
  #from = 0;
  #to = 0;

  /** A function's body begins, at this place of the module given. */
  begin(at: number): void {
    this.#oldBody = at;
    this.#from = this.#to = 0;
    this.#starts.push(this.#stretches.length);
  }

  /** Notes that what lay at `from` in the module given comes to lie at `to` in the new body. */
  note(from: number, to: number): void {
    const old = from - this.#oldBody;
    const further = old - this.#from;
    if (further === to - this.#to && further >= 0 && this.#starts.at(-1) !== this.#stretches.length) return;
    this.#stretches.u32(to - this.#to);
    this.#stretches.zigzag(further);
    this.#from = old;
    this.#to = to;
  }

  /** The new body begins at this place of the new code section's functions. */
  end(at: number): void {
    this.#bodies.push(at);
  }

  /** `functionsAt`: where in the new module the code section's functions begin. */
  finish(functionsAt: number, importedFunctions: number): CodeMoves {
    return {
      importedFunctions,
      bodies: Uint32Array.from(this.#bodies, (at) => functionsAt + at),
      starts: Uint32Array.from(this.#starts),
      stretches: this.#stretches.finish(),
    };
  }
}

/** Offset, from the beginning of its body, of code that is at `offset` of the hardened module, before that was made. */
export function placeBefore(
  { importedFunctions, bodies, starts, stretches }: CodeMoves,
  index: number,
  offset: number,
) {
  const defined = index - importedFunctions;
  const body = bodies[defined];
  if (body === undefined || offset < body) return undefined;
  const start = starts[defined]!;
  const end = Math.min(starts[defined + 1] ?? stretches.length, start + maxRead);
  const wanted = offset - body;
  const reader = coreReader(stretches, start);
  let [to, from, place] = [0, 0, 0];
  while (reader.at < end) {
    to += reader.u32();
    const started = from;
    from += reader.zigzag();
    // What was inserted after a stretch counts as the beginning of the next.
    if (to > wanted) return { defined, offset: from <= started ? place : Math.min(place, from) };
    place = from + wanted - to;
  }
  return { defined, offset: place };
}
