/** SHA-256 (FIPS 180-4), fed piece by piece. */

/** Bytes of a block, which is what the hash takes at a time. */
export const BLOCK: i32 = 64;
/** Bytes of the hash. */
export const SIZE: i32 = 32;

// First 32 bits of the fractional parts of the cube roots of the first 64 primes.
const roots: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

// The same of the square roots of the first 8.
const initial: StaticArray<u32> = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const words = new StaticArray<u32>(64);

export class Sha256 {
  private state: StaticArray<u32> = initial.slice<StaticArray<u32>>();
  private block: Uint8Array = new Uint8Array(BLOCK);
  private used: i32 = 0;
  private length: u64 = 0;

  /** One that has taken what this one has, and goes its own way. */
  clone(): Sha256 {
    const other = new Sha256();
    other.state = this.state.slice<StaticArray<u32>>();
    other.block.set(this.block);
    other.used = this.used;
    other.length = this.length;
    return other;
  }

  update(bytes: Uint8Array): Sha256 {
    const length = bytes.length;
    this.length += length;
    let at = 0;
    if (this.used) {
      at = min(BLOCK - this.used, length);
      this.block.set(bytes.subarray(0, at), this.used);
      this.used += at;
      if (this.used < BLOCK) return this;
      this.take(this.block, 0);
    }
    for (; at + BLOCK <= length; at += BLOCK) this.take(bytes, at);
    this.block.set(bytes.subarray(at));
    this.used = length - at;
    return this;
  }

  /** The hash of all that it was given. To be called once. */
  digest(): Uint8Array {
    const bits = this.length << 3;
    const padding = new Uint8Array((this.used < 56 ? 56 : 120) - this.used + 8);
    padding[0] = 0x80;
    for (let i = 0; i < 8; i++) padding[padding.length - 1 - i] = <u8>(bits >> (i << 3));
    this.update(padding);
    const hash = new Uint8Array(SIZE);
    for (let i = 0; i < SIZE; i++) hash[i] = <u8>(this.state[i >> 2] >> (24 - ((i & 3) << 3)));
    return hash;
  }

  private take(bytes: Uint8Array, from: i32): void {
    const w = words;
    const data = bytes.dataStart + from;
    for (let i = 0; i < 16; i++) unchecked((w[i] = bswap<u32>(load<u32>(data + (<usize>i << 2)))));
    for (let i = 16; i < 64; i++) {
      const a = unchecked(w[i - 15]);
      const b = unchecked(w[i - 2]);
      const s0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >> 3);
      const s1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >> 10);
      unchecked((w[i] = w[i - 16] + s0 + w[i - 7] + s1));
    }
    const state = this.state;
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
      const t1 = h + s1 + ((e & f) ^ (~e & g)) + unchecked(roots[i]) + unchecked(w[i]);
      const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}
