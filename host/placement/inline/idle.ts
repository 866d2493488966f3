import { pluginBounds } from "../../bounds/cell-bounds.ts";

/** Gives back the memory of cells that nobody has called for a while. */

/** Milliseconds: what has not been used from one look to the next is given back. */
const period = pluginBounds.idleTime.value;

/** Holder of idle cells. */
export interface IdleHolder {
  /** Set where it was used since the last look. */
  used: boolean;
  /** Gives the idle cells back; whether there were any. */
  giveBack(): boolean;
}

const holders = new Set<IdleHolder>();
let timer: NodeJS.Timeout | undefined;

/** Looks after a holder until the function that it gives is called. */
export function watchIdle(holder: IdleHolder): () => void {
  holders.add(holder);
  timer ??= setInterval(look, period).unref();
  return () => {
    holders.delete(holder);
    if (holders.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function look(): void {
  for (const holder of holders) {
    if (!holder.used) holder.giveBack();
    holder.used = false;
  }
}
