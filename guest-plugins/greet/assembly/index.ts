/** `greet` in wit/world.wit. */
export function greet(name: string): string {
  return `Hello, ${name}!`;
}
