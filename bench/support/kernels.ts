/** Small programs that spend their time in different ways, compiled from AssemblyScript. */
import asc from "assemblyscript/asc";

const source = `
const bytes = new Uint8Array(1 << 16);
for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>(i * 31);

export function integers(n: i32): i32 {
  let a = 1, b = 1;
  for (let i = 0; i < n; i++) { a = a * 1664525 + 1013904223; b ^= a >> 7; }
  return b;
}
export function byteSum(rounds: i32): i32 {
  let sum = 0;
  const start = bytes.dataStart, end = start + <usize>bytes.length;
  for (let r = 0; r < rounds; r++)
    for (let p = start; p < end; p++) sum += <i32>load<u8>(p);
  return sum;
}
export function hash(rounds: i32): i32 {
  let h: u32 = 2166136261;
  for (let r = 0; r < rounds; r++)
    for (let i = 0; i < 65536; i++) h = (h ^ <u32>unchecked(bytes[i])) * 16777619;
  return <i32>h;
}
const flags = new StaticArray<u8>(200000);
export function sieve(n: i32): i32 {
  memory.fill(changetype<usize>(flags), 1, n);
  let count = 0;
  for (let i = 2; i < n; i++) {
    if (!unchecked(flags[i])) continue;
    count++;
    for (let j = i + i; j < n; j += i) unchecked(flags[j] = 0);
  }
  return count;
}
export function json(n: i32): i32 {
  let total = 0;
  for (let i = 0; i < n; i++) {
    const text = '{"id":' + i.toString() + ',"name":"item ' + i.toString() + '","tags":["a","b"],"active":true}';
    total += text.length;
  }
  return total;
}
export function recursion(n: i32): i32 { return n < 2 ? n : recursion(n - 1) + recursion(n - 2); }
const a = new StaticArray<f64>(4096), b = new StaticArray<f64>(4096), c = new StaticArray<f64>(4096);
for (let i = 0; i < 4096; i++) { a[i] = i; b[i] = 4096 - i; }
export function matrix(rounds: i32): f64 {
  for (let r = 0; r < rounds; r++)
    for (let i = 0; i < 64; i++)
      for (let j = 0; j < 64; j++) {
        let sum = 0.0;
        for (let k = 0; k < 64; k++) sum += unchecked(a[i * 64 + k]) * unchecked(b[k * 64 + j]);
        unchecked(c[i * 64 + j] = sum);
      }
  return c[77];
}
const numbers = new StaticArray<i32>(20000);
function quick(low: i32, high: i32): void {
  while (low < high) {
    const pivot = unchecked(numbers[(low + high) >> 1]);
    let i = low, j = high;
    while (i <= j) {
      while (unchecked(numbers[i]) < pivot) i++;
      while (unchecked(numbers[j]) > pivot) j--;
      if (i <= j) {
        const t = unchecked(numbers[i]);
        unchecked(numbers[i] = numbers[j]); unchecked(numbers[j] = t);
        i++; j--;
      }
    }
    if (j - low < high - i) { quick(low, j); low = i; } else { quick(i, high); high = j; }
  }
}
export function sort(n: i32): i32 {
  let seed = 12345;
  for (let i = 0; i < n; i++) { seed = seed * 1103515245 + 12345; unchecked(numbers[i] = seed >> 8); }
  quick(0, n - 1);
  return numbers[n >> 1];
}
const words = new StaticArray<u32>(64);
const rounds256 = new StaticArray<u32>(64);
for (let i = 0; i < 64; i++) rounds256[i] = i * 0x9e3779b9;
export function sha256(blocks: i32): i32 {
  let h0: u32 = 1, h1: u32 = 2, h2: u32 = 3, h3: u32 = 4, h4: u32 = 5, h5: u32 = 6, h6: u32 = 7, h7: u32 = 8;
  for (let n = 0; n < blocks; n++) {
    for (let i = 0; i < 16; i++) unchecked(words[i] = load<u32>(bytes.dataStart + ((n & 1023) << 6) + (i << 2)));
    for (let i = 16; i < 64; i++) {
      const x = unchecked(words[i - 15]), y = unchecked(words[i - 2]);
      unchecked(words[i] = words[i - 16] + words[i - 7] + (rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3)) + (rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10)));
    }
    let a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
    for (let i = 0; i < 64; i++) {
      const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + unchecked(rounds256[i] + words[i]);
      const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
    }
    h0 += a; h1 += b; h2 += c; h3 += d; h4 += e; h5 += f; h6 += g; h7 += h;
  }
  return <i32>(h0 ^ h1 ^ h2 ^ h3 ^ h4 ^ h5 ^ h6 ^ h7);
}
export function interpreter(n: i32): i32 {
  let acc = 0, stack = 0, steps = 0;
  for (let pc = 0; steps < n; steps++) {
    switch (unchecked(bytes[pc]) & 7) {
      case 0: acc += 3; break;
      case 1: acc ^= stack; break;
      case 2: stack = acc; break;
      case 3: acc <<= 1; break;
      case 4: acc -= stack * 7; break;
      case 5: stack += pc; break;
      case 6: if (acc & 1) stack ^= 5; break;
      default: acc = acc * 31 + 7;
    }
    pc = (pc + 1) & 0xffff;
  }
  return acc;
}
abstract class Shape { abstract area(): i32; }
class Square extends Shape { constructor(public side: i32) { super(); } area(): i32 { return this.side * this.side; } }
class Box extends Shape { constructor(public w: i32, public h: i32) { super(); } area(): i32 { return this.w * this.h; } }
const shapes: Shape[] = [];
for (let i = 0; i < 64; i++) shapes.push(i % 3 ? new Square(i) : new Box(i, i + 1));
export function virtualCalls(n: i32): i32 {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += shapes[i & 63].area();
  return sum;
}
`;

/** Exported function and the argument that makes it take around a millisecond. */
export const kernels: readonly (readonly [title: string, name: string, argument: number])[] = [
  ["integer loop", "integers", 1_000_000],
  ["byte sum", "byteSum", 30],
  ["hash (FNV)", "hash", 15],
  ["hash (SHA-256)", "sha256", 2_000],
  ["sieve", "sieve", 200_000],
  ["JSON-like string building", "json", 1_000],
  ["recursion (Fibonacci)", "recursion", 25],
  ["matrix of f64", "matrix", 4],
  ["quicksort", "sort", 20_000],
  ["bytecode interpreter", "interpreter", 300_000],
  ["virtual calls", "virtualCalls", 300_000],
];

export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const options = ["kernels.ts", "-o", "kernels.wasm", "-O3", "--runtime", "incremental", "--use", "abort="];
  const { error, stderr } = await asc.main(options, {
    readFile: (name: string) => (name === "kernels.ts" ? source : null),
    writeFile: (name: string, content: unknown) => {
      if (name === "kernels.wasm") binary = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`The kernels do not compile: ${stderr.toString()}`);
  return new Uint8Array(binary);
}
