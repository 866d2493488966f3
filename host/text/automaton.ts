/** A part of a text, in UTF-16 code units. */
interface Span {
  from: number;
  to: number;
}

/**
 * Finds many words in a text at once, in a time that only depends on the text's length (Aho and Corasick, 1975): the
 * words as a tree, each of its nodes with the node of the longest other beginning of a word that ends like it.
 */
export class Automaton {
  /** Node → where to go on when a character leads nowhere. */
  readonly #fallback: Int32Array;
  /** Node → length of the longest word that ends there; 0 for none. */
  readonly #ending: Int32Array;
  readonly #depth: Int32Array;
  readonly #edges: Edges;
  /** Table by the lower byte of a character: 1 where any word begins so. Most characters of most texts do not. */
  readonly #first = new Uint8Array(256);

  constructor(words: readonly string[]) {
    const most = nodesFor(words);
    const depth = new Int32Array(most);
    const ending = new Int32Array(most);
    const parent = new Int32Array(most);
    const character = new Uint16Array(most);
    const edges = new Edges(most);
    let nodes = 1;
    for (const word of words) {
      this.#first[word.charCodeAt(0) & 0xff] = 1;
      let node = 0;
      for (let i = 0; i < word.length; i++) {
        const code = word.charCodeAt(i);
        let next = edges.get(node, code);
        if (next < 0) {
          next = nodes++;
          edges.set(node, code, next);
          parent[next] = node;
          character[next] = code;
          depth[next] = i + 1;
        }
        node = next;
      }
      ending[node] = word.length;
    }

    const fallback = new Int32Array(nodes);
    // A node's fallback lies less deep than itself.
    for (const node of byDepth(depth.subarray(0, nodes))) {
      const above = parent[node]!;
      if (node === 0 || above === 0) continue;
      let from = fallback[above]!;
      let next = edges.get(from, character[node]!);
      while (next < 0 && from > 0) {
        from = fallback[from]!;
        next = edges.get(from, character[node]!);
      }
      fallback[node] = Math.max(0, next);
      ending[node] ||= ending[fallback[node]!]!;
    }
    this.#fallback = fallback;
    this.#ending = ending.slice(0, nodes);
    this.#depth = depth.slice(0, nodes);
    this.#edges = edges;
  }

  /** Bytes that one for these words takes, about. */
  static bytesFor(words: readonly string[]): number {
    return words.length === 0 ? 0 : nodesFor(words) * 12 + Edges.bytesFor(nodesFor(words));
  }

  /** All that any of the words covers: in order, none of the spans overlapping another. */
  find(text: string): Span[] {
    const spans: Span[] = [];
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (node === 0 && this.#first[code & 0xff] === 0) continue;
      node = this.#next(node, code);
      const length = this.#ending[node]!;
      if (length > 0) cover(spans, i + 1 - length, i + 1);
    }
    return spans;
  }

  /** Number of characters at the end of the text that are the beginning of a word, at most. */
  begun(text: string): number {
    let node = 0;
    for (let i = 0; i < text.length; i++) node = this.#next(node, text.charCodeAt(i));
    return this.#depth[node]!;
  }

  #next(from: number, code: number): number {
    let node = from;
    let next = this.#edges.get(node, code);
    while (next < 0 && node > 0) {
      node = this.#fallback[node]!;
      next = this.#edges.get(node, code);
    }
    return Math.max(0, next);
  }
}

/** Spans come in the order of their ends. */
function cover(spans: Span[], from: number, to: number): void {
  let start = from;
  for (let last = spans.at(-1); last && start < last.to; last = spans.at(-1)) {
    start = Math.min(start, last.from);
    spans.pop();
  }
  spans.push({ from: start, to });
}

function nodesFor(words: readonly string[]): number {
  return words.reduce((sum, { length }) => sum + length, 1);
}

/** The nodes, those that lie less deep first. */
function byDepth(depth: Int32Array): Int32Array {
  const starts = new Int32Array(depth.reduce((most, each) => Math.max(most, each), 0) + 2);
  for (const each of depth) starts[each + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const order = new Int32Array(depth.length);
  for (let node = 0; node < depth.length; node++) order[starts[depth[node]!]!++] = node;
  return order;
}

/** A hash table of node and character → node: a JavaScript Map takes ten times the room. */
class Edges {
  readonly #mask: number;
  /** Seed of the hash, so that nobody who chooses the words can make them collide. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 1;
  readonly #from: Int32Array;
  readonly #code: Uint16Array;
  /** 0, the root, is nobody's child: an empty place. */
  readonly #to: Int32Array;

  constructor(most: number) {
    const size = Edges.#sizeFor(most);
    this.#mask = size - 1;
    this.#from = new Int32Array(size);
    this.#code = new Uint16Array(size);
    this.#to = new Int32Array(size);
  }

  static #sizeFor(most: number): number {
    return 2 ** Math.ceil(Math.log2(2 * most + 1));
  }

  static bytesFor(most: number): number {
    return Edges.#sizeFor(most) * 10;
  }

  /** -1 for none. */
  get(from: number, code: number): number {
    for (let i = this.#hash(from, code); ; i = (i + 1) & this.#mask) {
      const to = this.#to[i]!;
      if (to === 0) return -1;
      if (this.#from[i] === from && this.#code[i] === code) return to;
    }
  }

  set(from: number, code: number, to: number): void {
    let i = this.#hash(from, code);
    while (this.#to[i] !== 0) i = (i + 1) & this.#mask;
    this.#from[i] = from;
    this.#code[i] = code;
    this.#to[i] = to;
  }

  #hash(from: number, code: number): number {
    let hash = Math.imul(from ^ this.#seed, 0x9e3779b1) ^ Math.imul(code + 1, this.#seed);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) & this.#mask;
  }
}
