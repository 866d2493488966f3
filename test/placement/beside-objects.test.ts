/** Objects of the host's that a process has by number, where what it says of them is none of our code's doing. */
import { describe, expect, it } from "vitest";
import { UnexpectedData } from "../../host/backends/backend.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { tableWith } from "../../host/capabilities/own/own-table.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { suspending } from "../../host/engine/engine.ts";
import { besideProcesses } from "../../host/placement/process/beside/beside-cell.ts";
import { besideTold, pack, unpack } from "../../host/placement/process/beside/beside-functions.ts";
import type { FrameWriter } from "../../host/placement/process/frame.ts";
import { cartGuest, cartWit } from "../guests/cart-guest.ts";

const guest = inspectComponent(cartGuest());

/** What the embedder's own end sees: carts that were closed, and one that is settled for as long as the test likes. */
function shop() {
  const closed: string[] = [];
  const settling = Promise.withResolvers<number>();
  class Cart {
    readonly owner: string;
    constructor(owner: string) {
      this.owner = owner;
    }
    static find(owner: string): Cart {
      return new Cart(owner);
    }
    add(): number {
      for (const end = performance.now() + 2; this.owner === "busy" && performance.now() < end; );
      return 1;
    }
    settle(): Promise<number> {
      return settling.promise;
    }
    [Symbol.dispose](): void {
      closed.push(this.owner);
    }
  }
  suspending(Cart.prototype.settle);
  const functions = () => ({
    Cart,
    open: (count: number) => Array.from({ length: count }, (_, i) => new Cart(`cart ${i}`)),
    checkout: (_cart: Cart) => 1,
    total: (_one: Cart, _other: Cart) => 2,
  });
  const table = tableWith({ "acme:shop/carts": { grant: "carts", wit: cartWit, functions } }, () => {});
  const linked = linkImports(guest.world, parseGrants({ carts: true }, table));
  const processes = besideProcesses(linked, { plugin: "merchant", log: () => {} }, {})!;
  return { closed, settling, process: () => new Asked(processes.forProcess()), release: processes.release };
}

/** One process's end, whose words are the test's. */
class Asked {
  readonly cell;
  #asks = 0;

  constructor(cell: ReturnType<NonNullable<ReturnType<typeof besideProcesses>>["forProcess"]>) {
    this.cell = cell;
    // More than is taken on a machine that lets others run in between.
    cell.begin(1e12);
  }

  async ask(
    name: string,
    write: (out: FrameWriter) => void,
    { dropped = [] as number[], signal = new AbortController().signal } = {},
  ): Promise<Uint8Array> {
    const bytes = pack((out) => {
      out.u32(++this.#asks);
      out.u32(dropped.length);
      for (const number of dropped) out.u32(number);
      write(out);
    });
    return (await this.cell.ask(`acme:shop/carts@1.0.0#${name}`, bytes, signal)) as Uint8Array;
  }

  /** A new cart's number. */
  async cart(owner: string): Promise<number> {
    return unpack(await this.ask("[constructor]cart", (out) => out.text(owner)), (from) => from.u32());
  }

  tell(operation: string, ...numbers: number[]): void {
    this.cell.tell(operation, new Uint8Array(Uint32Array.from(numbers).buffer));
  }
}

const number = (of: number) => (out: FrameWriter) => out.u32(of);

describe("an object that a process has by number", () => {
  it("is passed, given back and dropped by it", async () => {
    const { closed, process } = shop();
    const asked = process();
    const [ada, bo] = [await asked.cart("ada"), await asked.cart("bo")];
    await asked.ask("total", (out) => [ada, bo].forEach((each) => void out.u32(each)));
    await asked.ask("checkout", number(ada));
    asked.tell(besideTold.dropped, bo);
    expect(closed).toEqual(["bo"]);
  });

  it.each<[string, (asked: Asked, cart: number) => unknown]>([
    ["was never given", (asked) => asked.ask("checkout", number(77))],
    ["was never given, and is dropped", (asked) => asked.tell(besideTold.dropped, 77)],
    [
      "was given away",
      (asked, cart) =>
        asked.ask("checkout", number(cart)).then(() => asked.ask("[method]cart.settle", number(cart))),
    ],
    ["was dropped", (asked, cart) => asked.ask("checkout", number(cart), { dropped: [cart] })],
    ["was dropped twice", (asked, cart) => asked.tell(besideTold.dropped, cart, cart)],
    [
      "a call under way is about, and is given away",
      (asked, cart) => {
        void asked.ask("[method]cart.settle", number(cart));
        return asked.ask("checkout", number(cart));
      },
    ],
    [
      "a call under way is about, and is dropped",
      (asked, cart) => {
        void asked.ask("[method]cart.settle", number(cart));
        return asked.tell(besideTold.dropped, cart);
      },
    ],
  ])("ends it where it %s", async (_, say) => {
    const { process } = shop();
    const asked = process();
    const cart = await asked.cart("ada");
    await expect((async () => say(asked, cart))()).rejects.toBeInstanceOf(UnexpectedData);
  });

  it("is none of another process's", async () => {
    const { closed, process } = shop();
    const [one, other] = [process(), process()];
    const cart = await one.cart("ada");
    await expect(other.ask("checkout", number(cart))).rejects.toBeInstanceOf(UnexpectedData);
    expect(closed).toEqual([]);
    await one.ask("checkout", number(cart));
  });

  it("is closed where the cell ended before it heard of it, or with the process", async () => {
    const { closed, process, release } = shop();
    const asked = process();
    const [ada] = [await asked.cart("ada"), await asked.cart("bo")];
    asked.tell(besideTold.unheard, 1);
    expect(closed).toEqual(["ada"]);
    // Its number is gone with it.
    expect(() => asked.tell(besideTold.dropped, ada)).toThrow(UnexpectedData);
    asked.cell.release();
    expect(closed).toEqual(["ada", "bo"]);
    release();
  });

  it("is closed where nobody waits for it any more", async () => {
    const { closed, process } = shop();
    const asked = process();
    const leaving = new AbortController();
    const opening = asked.ask("open", number(2), leaving);
    leaving.abort();
    await opening;
    expect(closed).toEqual(["cart 0", "cart 1"]);
  });

  it("is closed where it was dropped before a call that there is no fuel for", async () => {
    const { closed, process } = shop();
    const asked = process();
    const cart = await asked.cart("busy");
    asked.cell.begin(0);
    await asked.ask("[method]cart.add", (out) => {
      out.u32(cart);
      out.text("tea");
    });
    expect(asked.cell.spent).toBeGreaterThan(0);
    const call = asked.ask("open", number(1), { dropped: [cart] });
    await expect(call).rejects.toMatchObject({ code: "out-of-fuel" });
    expect(closed).toEqual(["busy"]);
  });

  it("is one of a bounded number", async () => {
    const { closed, process } = shop();
    const asked = process();
    const opened = asked.ask("open", number(10_001));
    await expect(opened).rejects.toMatchObject({ code: "trap", facts: { limit: 10_000 } });
    expect(closed).toHaveLength(10_001);
    await asked.ask("open", number(10_000));
    await expect(asked.cart("one more")).rejects.toMatchObject({ code: "trap" });
    asked.cell.release();
    expect(closed).toHaveLength(20_002);
  });
});

it("is closed where its guest ends before its turn has come to be given it", async () => {
  const opening = Promise.withResolvers<object>();
  const turn = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  const closed: unknown[] = [];
  const never = () => 0;
  const imports = {
    "acme:shop/carts@1.0.0": {
      "[constructor]cart": suspending(() => opening.promise),
      "[method]cart.add": never,
      "[method]cart.settle": never,
      "[static]cart.find": never,
      "[resource-drop]cart": (cart: unknown) => closed.push(cart),
      open: never,
      checkout: never,
      total: never,
    },
  };
  const wake = () => {
    settled.resolve();
    return turn.promise;
  };
  const cell = (await createDirectEngine().compile(guest)).instantiate(imports, { wake });
  const call = cell.function("keep")("ada") as Promise<unknown>;
  const cart = {};
  opening.resolve(cart);
  await settled.promise;
  cell.dispose();
  turn.resolve();
  await expect(call).rejects.toMatchObject({ code: "closed" });
  expect(closed).toEqual([cart]);
});
