// The world `standard` of system.wit, as a program that knows nothing of its host.
export function now() {
  return Date.now();
}
export function dice() {
  return Math.floor(Math.random() * 2 ** 32);
}
export function say(line) {
  console.log(line);
}
export async function nap(milliseconds) {
  const before = Date.now();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return Date.now() - before;
}
