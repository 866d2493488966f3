import { Path, Point } from "example:shapes/geometry@1.0.0";
import { Access, Colour, Label, Shape, ShapeTag } from "example:shapes/tour@1.0.0";
import { Option, Result, Tuple2, Unit } from "wit-types";

// Numbers and text.

export function isEven(n: u32): bool {
  return n % 2 == 0;
}

export function mean(a: f64, b: f64): f64 {
  return (a + b) / 2;
}

export function clamp(n: i64, low: i8, high: i8): i8 {
  return <i8>min(max(n, low), high);
}

export function nextChar(c: i32): i32 {
  return c + 1;
}

export function shout(text: string): string {
  return text.toUpperCase() + "!";
}

// Lists and tuples.

export function invert(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ~byte);
}

export function histogram(samples: Float32Array, buckets: u8): Uint32Array {
  const counts = new Uint32Array(buckets);
  for (let i = 0; i < samples.length; i++) {
    const bucket = <i32>(samples[i] * <f32>buckets);
    if (bucket >= 0 && bucket < counts.length) counts[bucket]++;
  }
  return counts;
}

export function sortWords(words: Array<string>): Array<string> {
  return words.sort();
}

/** A list of fixed length is a list: the four numbers of `list<f32, 4>` are a Float32Array. */
export function dot(a: Float32Array, b: Float32Array): f32 {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

/** Quotient and remainder. */
export function divide(a: u32, b: u32): Tuple2<u32, u32> {
  return new Tuple2<u32, u32>(a / b, a % b);
}

// Records, enums, flags and variants.

export function describe(l: Label): string {
  const at = l.at;
  const place = at ? ` at ${at.x}, ${at.y}` : "";
  return l.text + place + (l.tags.length ? ` (${l.tags.join(", ")})` : "");
}

export function opposite(c: Colour): Colour {
  return c == Colour.Red ? Colour.DarkGreen : Colour.Red;
}

export function mayEdit(a: Access): bool {
  return (a & Access.Write) != 0;
}

export function grant(a: Access): Access {
  return a | Access.Read | Access.Run;
}

export function area(s: Shape): f32 {
  switch (s.tag) {
    case ShapeTag.Circle:
      return NativeMathf.PI * s.asCircle() * s.asCircle();
    case ShapeTag.Polygon:
      return areaOf(s.asPolygon());
    default:
      return 0;
  }
}

export function grow(s: Shape, factor: f32): Shape {
  if (s.isCircle) return Shape.circle(s.asCircle() * factor);
  if (s.isPolygon) {
    const larger: Path = [];
    const path = s.asPolygon();
    for (let i = 0; i < path.length; i++) larger.push(new Point(path[i].x * factor, path[i].y * factor));
    return Shape.polygon(larger);
  }
  return Shape.empty();
}

function areaOf(path: Path): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < path.length; i++) {
    const here = path[i];
    const next = path[(i + 1) % path.length];
    sum += here.x * next.y - next.x * here.y;
  }
  return abs(sum) / 2;
}

// Options and results.

/** Of references none is null. */
export function findWord(words: Array<string>, start: string): string | null {
  for (let i = 0; i < words.length; i++) if (words[i].startsWith(start)) return words[i];
  return null;
}

/** Of numbers there is no null. */
export function largest(numbers: Int32Array): Option<i32> {
  if (numbers.length == 0) return Option.none<i32>();
  return Option.some<i32>(numbers.reduce((a, b) => max(a, b), i32.MIN_VALUE));
}

/** An option of an option: unknown, known but not set, set. */
export function setting(name: string): Option<u32> | null {
  if (name == "depth") return Option.some<u32>(3);
  return name == "width" ? Option.none<u32>() : null;
}

export function parseNumber(text: string): Result<u32, string> {
  const number = U32.parseInt(text);
  if (number.toString() != text) return Result.err<u32, string>(`"${text}" is no number`);
  return Result.ok<u32, string>(number);
}

export function checkWord(word: string): Result<Unit, string> {
  return word.includes(" ") ? Result.err<Unit, string>("one word, please") : Result.ok<Unit, string>();
}

export function firstPoint(p: Path): Result<Point, Unit> {
  return p.length ? Result.ok<Point, Unit>(p[0]) : Result.err<Point, Unit>();
}

export function toss(seed: u32): Result<Unit, Unit> {
  return seed % 3 ? Result.ok<Unit, Unit>() : Result.err<Unit, Unit>();
}

// Resources: classes, which live as long as their caller has them.

export class Sketch {
  private shapes: Shape[] = [];

  constructor(readonly title: string) {}

  add(s: Shape): u32 {
    return this.shapes.push(s);
  }

  area(): f32 {
    let sum: f32 = 0;
    for (let i = 0; i < this.shapes.length; i++) sum += area(this.shapes[i]);
    return sum;
  }

  static larger(a: Sketch, b: Sketch): string {
    return a.area() >= b.area() ? a.title : b.title;
  }

  take(other: Sketch): void {
    this.shapes = this.shapes.concat(other.shapes);
  }

  /** Called when the caller has dropped its last handle. */
  dispose(): void {
    this.shapes = [];
  }
}

/** A constructor that may fail is `static create`. */
export class Grid {
  private constructor(private columns: u32) {}

  static create(columns: u32): Result<Grid, string> {
    if (columns == 0) return Result.err<Grid, string>("a grid needs columns");
    return Result.ok<Grid, string>(new Grid(columns));
  }

  cell(at: u32): Tuple2<u32, u32> {
    return new Tuple2<u32, u32>(at % this.columns, at / this.columns);
  }
}

/** A borrowed sketch stays the caller's, a returned one becomes it. */
export function copySketch(s: Sketch): Sketch {
  const copy = new Sketch(s.title + " (copy)");
  copy.take(s);
  return copy;
}

/** Sketches that are given are ours again. */
export function joinSketches(all: Array<Sketch>): Sketch | null {
  if (all.length == 0) return null;
  const first = all[0];
  for (let i = 1; i < all.length; i++) first.take(all[i]);
  return first;
}
