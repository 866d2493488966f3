/** Suspension of guests: what Node needs to have for it (JavaScript Promise Integration), and which Nodes do. */

/** Nodes that can suspend a guest, for remedies: of Node 24 those that were given it later. */
export const suspendingNodes = "Node 26 or newer, or Node 24 from 24.20 on";

/** Answer to whether this Node can. */
export function canSuspend(): boolean {
  return "Suspending" in WebAssembly;
}
