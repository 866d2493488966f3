/** Bytes that values have at least, as `value-weight.ts` counts them, whatever their types: to refuse what is far too much. */
export function roughWeight(values: unknown): number {
  switch (typeof values) {
    case "string":
      return 8 + values.length;
    case "object":
      if (values === null) return 8;
      if (Array.isArray(values)) return values.reduce<number>((sum, each) => sum + roughWeight(each), 32);
      if (ArrayBuffer.isView(values)) return 96 + values.byteLength;
      return Object.values(values).reduce<number>((sum, each) => sum + roughWeight(each), 16);
    default:
      return 8;
  }
}
