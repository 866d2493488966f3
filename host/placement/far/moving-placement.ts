/** Placement whose cells are here or with another host, and come here when that one ends. */

import type { Exchange } from "../../backends/exchange.ts";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import type { HttpExchange } from "../../capabilities/http/http-exchange.ts";
import type { Driven } from "../../drive/driven-export.ts";
import { type CallContext, requireWanted, sentIn } from "../../engine/call-context.ts";
import { HotcellError } from "../../errors.ts";
import type { FunctionType } from "../../wit/model.ts";
import { Checkers } from "../../wit/values/values.ts";
import { pluginClosed } from "../closed.ts";
import type { Adjustment, Bound, BoundHandler, Placement } from "../placement.ts";
import { Restarts } from "../restarts.ts";
import { CellsMoved, type Elsewhere, type FarCells, type HereClaim } from "./elsewhere.ts";

/** Fuel that starting cells is taken to cost where that fails. */
const startFuel = 160_000_000;
/** Milliseconds between looks who has the cells, while a host ends that had them: the first one, and those after many. */
const [lookSoon, lookLate] = [25, 400];
/** Milliseconds in which somebody has to. */
const patience = nodeBounds.beginTime.value;

export interface MovingOptions {
  readonly elsewhere: Elsewhere;
  /** Name of the cells. */
  readonly name: string;
  readonly plugin: string;
  /** Places them here. */
  readonly place: () => Promise<Placement>;
  /** Gives cells that come here from another host what that kept of their state, by the token of their lease; tells whether there was any. */
  readonly resume: ((here: Placement, token: number) => Promise<boolean>) | undefined;
}

interface Here {
  readonly placement: Placement;
  readonly resumed: boolean;
  readonly claim: HereClaim;
}

export class MovingPlacement implements Placement {
  readonly #options: MovingOptions;
  #at: Here | FarCells;
  #moving: Promise<void> | undefined;
  /** Milliseconds until who has the cells is looked for again: each look may be one at the store. */
  #pause = lookSoon;
  /** Pauses after cells that were to come here did not start. */
  readonly #restarts: Restarts;
  #adjusted: Adjustment | undefined;
  /** Reason why it is closed. */
  #closed: HotcellError | undefined;
  /** Ends what is under way with another host. */
  readonly #ending = new AbortController();

  private constructor(options: MovingOptions, at: Here | FarCells) {
    this.#options = options;
    this.#at = at;
    this.#restarts = new Restarts(options.plugin);
  }

  /** Places the cells here where no other host has them. Throws what that throws. */
  static async begin(options: MovingOptions): Promise<MovingPlacement> {
    const placement = new MovingPlacement(options, await settle(options));
    placement.#heedLoss();
    return placement;
  }

  /** True while another host has the cells. */
  get elsewhere(): boolean {
    return !("placement" in this.#at);
  }

  get cells(): string {
    return this.#options.name;
  }

  get startsFromEnv(): boolean {
    return "placement" in this.#at && this.#at.placement.startsFromEnv;
  }

  get token(): number | undefined {
    if (!("placement" in this.#at) || this.#at.claim.lost.aborted) return undefined;
    return this.#at.claim.token;
  }

  get resumed(): boolean {
    return "placement" in this.#at && this.#at.resumed;
  }

  bind(key: string, type: FunctionType): Bound {
    let bound: { readonly of: Placement; readonly call: Bound } | undefined;
    const check = new Checkers().arguments(type);
    return (args, context) => {
      const at = this.#now();
      if (!("placement" in at)) {
        const checked = check(args);
        return this.#there(
          context,
          key,
          (far) => far.call(key, type, checked, this.#ending.signal, context),
          (here) => here.bind(key, type)(args, context),
        );
      }
      if (bound?.of !== at.placement) bound = { of: at.placement, call: at.placement.bind(key, type) };
      return this.#stillHere(at, bound.call(args, context));
    };
  }

  bindHandler(key: string): BoundHandler {
    let bound: { readonly of: Placement; readonly handle: BoundHandler } | undefined;
    return (exchange: HttpExchange, context) => {
      const at = this.#now();
      if (!("placement" in at))
        return this.#there(
          context,
          key,
          (far) => far.handle(exchange, this.#ending.signal, context),
          (here) => here.bindHandler(key)(exchange, context),
        ) as Promise<void>;
      if (bound?.of !== at.placement) bound = { of: at.placement, handle: at.placement.bindHandler(key) };
      return bound.handle(exchange, context);
    };
  }

  /** Cells of another host are driven by that one. */
  async drive(driven: Driven, exchange: Exchange, context?: CallContext): Promise<void> {
    if (!("placement" in this.#at)) throw this.#closed ?? pluginClosed();
    return this.#at.placement.drive(driven, exchange, context);
  }

  adjust(adjustment: Adjustment): void {
    this.#adjusted = adjustment;
    if ("placement" in this.#at) this.#at.placement.adjust(adjustment);
  }

  close(why: HotcellError = pluginClosed()): void {
    this.#closed ??= why;
    this.#ending.abort(why);
    if (!("placement" in this.#at)) return;
    const { placement, claim } = this.#at;
    placement.close(why);
    // Whatever keeps it from that, the host's own end does not.
    claim.release().catch(() => {});
  }

  /** Cells as they are in this moment: a lease that is over is lost now, though nobody has heard of it. */
  #now(): Here | FarCells {
    if ("placement" in this.#at) void this.#at.claim.lost;
    return this.#at;
  }

  /** Outcome of a call here. Throws where the cell was lost meanwhile: another host has one that knows nothing of it. */
  #stillHere(at: Here, outcome: unknown): unknown {
    if (outcome instanceof Promise) return outcome.then((value) => this.#stillHere(at, value));
    if (!this.#closed && at.claim.lost.aborted) throw nobodyHasThem(this.#options.plugin);
    return outcome;
  }

  /** Ends the cells here once another host may have them. */
  #heedLoss(): void {
    const at = this.#at;
    if (!("placement" in at)) return;
    const lose = () => {
      if (this.#closed || this.#at !== at) return;
      this.#at = moved;
      at.placement.close(nobodyHasThem(this.#options.plugin));
      // Taken anew it is another claim.
      at.claim.release().catch(() => {});
    };
    if (at.claim.lost.aborted) lose();
    else at.claim.lost.addEventListener("abort", lose, { once: true });
  }

  async #there(
    context: CallContext | undefined,
    subject: string,
    ask: (far: FarCells) => Promise<unknown>,
    run: (here: Placement) => unknown,
  ): Promise<unknown> {
    const began = performance.now();
    const sent = sentIn(context);
    for (let looked = 0; ; looked++) {
      if (this.#closed) throw this.#closed;
      requireWanted(context, subject);
      const at = this.#now();
      if ("placement" in at) return this.#stillHere(at, run(at.placement));
      if (sent && looked > 0) {
        // Sent on it could go round for ever: whoever sent it looks anew.
        sent.refused = true;
        throw nobodyHasThem(this.#options.plugin);
      }
      try {
        if (!sent) {
          const answer = await ask(at);
          this.#pause = lookSoon;
          return answer;
        }
      } catch (error) {
        if (!(error instanceof CellsMoved)) throw error;
        if (performance.now() - began >= patience) throw this.#closed ?? nobodyHasThem(this.#options.plugin);
      }
      if (this.#at === at) await this.#move();
    }
  }

  /** Finds out who has the cells now: at once for all who wait. */
  #move(): Promise<void> {
    this.#moving ??= (async () => {
      this.#restarts.require();
      const at = await settle(this.#options, () => this.#restarts.ended(startFuel));
      if (this.#closed) {
        if ("placement" in at) await end(at, this.#closed);
        return;
      }
      if ("placement" in at && this.#adjusted) at.placement.adjust(this.#adjusted);
      this.#at = at;
      this.#heedLoss();
      // The host that had them may take a moment to give them up.
      if ("placement" in at) return;
      await new Promise((resolve) => setTimeout(resolve, this.#pause));
      this.#pause = Math.min(lookLate, 2 * this.#pause);
    })().finally(() => {
      this.#moving = undefined;
    });
    return this.#moving;
  }
}

const hasMoved = async () => {
  throw new CellsMoved();
};
/** Cells of which it is not known who has them. */
const moved: FarCells = { here: false, call: hasMoved, handle: hasMoved };

/** `failed` is called where the cells could be here and do not start. */
async function settle(
  { elsewhere, name, plugin, place, resume }: MovingOptions,
  failed: () => void = () => {},
): Promise<Here | FarCells> {
  const claim = await elsewhere.claim(name, plugin);
  if (!claim.here) return claim;
  let placement: Placement | undefined;
  try {
    placement = await place();
    const resumed = claim.fresh && resume ? await resume(placement, claim.token) : false;
    return { placement, claim, resumed };
  } catch (error) {
    failed();
    placement?.close();
    await claim.release();
    throw error;
  }
}

async function end({ placement, claim }: Here, why: HotcellError): Promise<void> {
  placement.close(why);
  await claim.release();
}

function nobodyHasThem(plugin: string): HotcellError {
  return new HotcellError(
    "process-died",
    `The host that has the cell of ${plugin} ends or does not answer, and no other has it yet.`,
    {
      subject: plugin,
      retryAfter: 1,
      remedy: "Try again. A host that stands still keeps what it has until it is ended.",
    },
  );
}
