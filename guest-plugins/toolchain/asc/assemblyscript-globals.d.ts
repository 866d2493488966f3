/**
 * The compiler's type declarations bring a global `console` of their own, with `log` alone, which hides Node's from
 * every file of a program that imports them. This gives back what is used.
 */
declare namespace console {
  function error(...values: unknown[]): void;
  function warn(...values: unknown[]): void;
}
