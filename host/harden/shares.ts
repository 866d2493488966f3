/**
 * Divides what may be grown to among several memories or tables: everyone gets its minimum, those that want little
 * get that, and the others share the rest evenly.
 */
export function sharedMaxima(
  wanted: readonly { readonly min: number; readonly max: number | undefined }[],
  limit: number,
): number[] {
  let left = limit - wanted.reduce((sum, { min }) => sum + min, 0);
  const growth = wanted.map(({ min, max }, index) => ({ index, wish: (max ?? limit) - min }));
  growth.sort((a, b) => a.wish - b.wish);
  const maxima = wanted.map(({ min }) => min);
  growth.forEach(({ index, wish }, i) => {
    const granted = Math.min(wish, Math.floor(left / (growth.length - i)));
    maxima[index]! += granted;
    left -= granted;
  });
  return maxima;
}
