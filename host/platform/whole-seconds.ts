/** Seconds as clients are told to wait: whole ones, rounded up. */
export function wholeSeconds(milliseconds: number): number {
  // Sums of times are not exact, and a microsecond is nobody's matter: a time that was 1,000 ms is no 2 s.
  return Math.ceil((milliseconds - 0.001) / 1000);
}
