/** Core modules put together byte by byte. */

export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

export const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...leb(content.length),
  ...content,
];

export const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function times(count: number, bytes: readonly number[]): number[] {
  return Array.from({ length: count }, () => bytes).flat();
}

/** A module with one function `f` of no parameters and results. `locals` i32 locals. */
export function functionModule(code: readonly number[], locals = 0): Uint8Array<ArrayBuffer> {
  const body = [...(locals > 0 ? [0x01, ...leb(locals), 0x7f] : [0x00]), ...code, 0x0b];
  return Uint8Array.from([
    ...preamble,
    ...section(1, [0x01, 0x60, 0x00, 0x00]),
    ...section(3, [0x01, 0x00]),
    ...section(7, [0x01, 0x01, 0x66, 0x00, 0x00]),
    ...section(10, [0x01, ...leb(body.length), ...body]),
  ]);
}
