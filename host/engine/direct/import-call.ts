import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreFunction } from "../abi/signature.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { InwardCall, OutwardCall } from "./calls.ts";
import type { Guest } from "./export-call.ts";
import { hostCallCode } from "./host-call-code.ts";
import { hostCallTools } from "./host-call-tools.ts";
import { linkSiblings } from "./sibling-call.ts";

/** The code that all calls share which have no copy of their own. */
export const { hostInvoker, trampoline } = hostCallCode(hostCallTools);

/** Function that a guest calls for one that another component instance exports. */
export function callToSibling(
  state: CellState,
  call: OutwardCall,
  callee: InwardCall,
  caller: Context,
  guest: Guest,
  entering: readonly ComponentInstance[],
): CoreFunction {
  const { flat, begin, finish } = linkSiblings(call, callee, caller, guest, entering);
  const { core } = guest;
  const { invoke } = callee;
  return trampoline(state, call.count, call.price, (values) => finish(begin(values), invoke(core, flat)));
}
