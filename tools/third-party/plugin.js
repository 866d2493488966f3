import { write } from "demo:text/journal@0.1.0";
export const shapes = {
  area(shape) {
    if (shape.tag === "circle") return Math.PI * shape.val ** 2;
    if (shape.tag === "nothing") throw "no shape, no area";
    let sum = 0;
    shape.val.forEach(({ x, y }, i) => {
      const next = shape.val[(i + 1) % shape.val.length];
      sum += x * next.y - next.x * y;
    });
    return Math.abs(sum) / 2;
  },
};
export function greet(name) {
  write(`greeting ${name}`);
  return `Hello, ${name}!`;
}
export function words(text) {
  return text.split(/\s+/).filter(Boolean);
}
