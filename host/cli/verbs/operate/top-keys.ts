/** Keys of `hotcell top`, by what they make of its view. */

import { listed, orders, type TopView } from "./top-screen.ts";

/** View after a key, on a screen with room for so many rows. Keys that mean nothing leave it as it is. */
export function afterKey(view: TopView, key: string, room: number): TopView {
  if (view.filtering) return afterTyped(view, key);
  if (key in orders) return { ...view, order: key as keyof typeof orders, from: 0 };
  if (key === "/") return { ...view, filtering: true };
  if (key === "escape") return { ...view, filter: "", from: 0 };
  const last = Math.max(0, listed(view).length - room);
  const to = placeAfter(view.from, key, room, last);
  return to === undefined ? view : { ...view, from: Math.max(0, Math.min(to, last)) };
}

function placeAfter(from: number, key: string, room: number, last: number): number | undefined {
  switch (key) {
    case "down":
    case "j":
      return from + 1;
    case "up":
    case "k":
      return from - 1;
    case "page-down":
    case " ":
      return from + room;
    case "page-up":
      return from - room;
    case "home":
      return 0;
    case "end":
      return last;
    default:
      return undefined;
  }
}

/** Letters of a filter; what is shown follows as it is typed. */
function afterTyped(view: TopView, key: string): TopView {
  if (key === "enter") return { ...view, filtering: false };
  if (key === "escape") return { ...view, filtering: false, filter: "", from: 0 };
  if (key === "backspace") return { ...view, filter: view.filter.slice(0, -1), from: 0 };
  return key.length === 1 ? { ...view, filter: view.filter + key, from: 0 } : view;
}
