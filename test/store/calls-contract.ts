/** Calls with keys as every keeper of their answers has to begin them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { idempotencyBounds } from "../../host/bounds/http-bounds.ts";
import type { BegunCall, KeptAnswer, KeyedCall, KeyedCalls } from "../../host/store/keyed-calls.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

export interface CallsOfHosts {
  /** Two hosts that make calls once together, or one that is asked twice. */
  readonly hosts: readonly [KeyedCalls, KeyedCalls];
  /** Kills the first of them; absent for what dies with its answers. */
  kill?(): Promise<void>;
  /** Lets so many milliseconds pass; absent where somebody else's clock counts. */
  pass?(milliseconds: number): void;
  close(): Promise<void>;
}

const { entries, underWay, strangers, answer: largest, bytes, keptTime } = idempotencyBounds;
const answered: KeptAnswer = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: '"Zoë 🌍"',
};

export function keyed(key: string, more: Partial<KeyedCall> = {}): KeyedCall {
  return { caller: "a", network: "n", key, print: "p", ...more };
}

export async function begunBy(calls: KeyedCalls, call: KeyedCall): Promise<BegunCall> {
  const begun = await calls.begin(call);
  if ("answer" in begun) throw new Error(`${call.key} was answered.`);
  return begun;
}

export function describeCalls(driver: string, open: () => Promise<CallsOfHosts>): void {
  describe(`calls with keys ${driver}`, () => {
    let opened: CallsOfHosts;
    let one: KeyedCalls;
    let other: KeyedCalls;
    beforeEach(async () => {
      opened = await open();
      [one, other] = opened.hosts;
    });
    afterEach(() => opened.close());

    const begun = begunBy;
    const make = async (calls: KeyedCalls, call: KeyedCall, answer: KeptAnswer = answered) =>
      (await begun(calls, call)).settle(answer);
    const refused = async (calls: KeyedCalls, call: KeyedCall) =>
      refusalOf((async () => calls.begin(call))());
    /** Begins calls, wherever, until one is refused. */
    const fill = async (call: (i: number) => KeyedCall, then: (begun: BegunCall) => unknown) => {
      for (let i = 0; ; i++) {
        try {
          await then(await begun(one, call(i)));
        } catch (error) {
          return { refusal: error, count: i };
        }
      }
    };

    it("are made once, and answered alike whichever host is asked", async () => {
      const bodies = { text: '"Zoë 🌍"', bytes: new Uint8Array([0, 255, 7]), empty: "", none: undefined };
      for (const [key, body] of Object.entries(bodies)) {
        const first = await begun(one, keyed(key));
        for (const calls of [one, other])
          expect(await refused(calls, keyed(key))).toMatchObject({ code: "call-under-way", status: 409 });
        await first.settle({ ...answered, body });
        const headers = { ...answered.headers, "idempotency-replayed": "true" };
        for (const calls of [one, other])
          expect(await calls.begin(keyed(key))).toEqual({ answer: { status: 200, headers, body } });
      }
    });

    it("are begun by one of all who ask at once", async () => {
      const asked = Array.from({ length: 40 }, async (_, i) => (i % 2 ? one : other).begin(keyed("race")));
      const told = await Promise.allSettled(asked);
      const won = told.filter(({ status }) => status === "fulfilled");
      expect(won).toHaveLength(1);
      for (const each of told)
        if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "call-under-way" });
    });

    it("are refused where another call has the key", async () => {
      const first = await begun(one, keyed("k"));
      expect((await refused(other, keyed("k", { print: "q" }))).code).toBe("other-call");
      await first.settle(answered);
      expect((await refused(other, keyed("k", { print: "q" }))).code).toBe("other-call");
    });

    it("are made by whoever sends them again where they were not made", async () => {
      for (const calls of [one, other, one]) await (await begun(calls, keyed("k"))).drop();
      await make(other, keyed("k"));
      expect(await one.begin(keyed("k"))).toHaveProperty("answer");
    });

    it("have keys of each token's own, and those without one have theirs together", async () => {
      const names = ["a", "b", "A", "a.b *>", "ä\u0000\n", undefined];
      for (const caller of names) await make(one, keyed("k > *.ü", { caller }));
      for (const caller of names)
        expect(await other.begin(keyed("k > *.ü", { caller }))).toHaveProperty("answer");
      expect(await other.begin(keyed("k > *.ü", { caller: undefined, network: "m" }))).toHaveProperty(
        "answer",
      );
    });

    it("are not made again where the answer was too large to keep", async () => {
      await make(one, keyed("large"), { ...answered, body: "é".repeat(largest.value / 2 + 1) });
      await make(one, keyed("fits"), { ...answered, body: "漢".repeat(largest.value / 2) });
      await make(one, keyed("bytes"), { ...answered, body: new Uint8Array(largest.value) });
      expect(await refused(other, keyed("large"))).toMatchObject({
        code: "answer-not-kept",
        facts: { limit: "262144 bytes" },
      });
      for (const key of ["fits", "bytes"]) expect(await other.begin(keyed(key))).toHaveProperty("answer");
    });

    it("are so many for a token, and who sends one again that is kept has its answer", {
      timeout: 60_000,
    }, async () => {
      for (let i = 0; i < entries.value; i++) await make(one, keyed(`${i}`));
      expect(await refused(one, keyed("more"))).toMatchObject({
        code: "too-many-requests",
        message: expect.stringContaining("1000 keys for one token"),
      });
      expect(await one.begin(keyed("0"))).toHaveProperty("answer");
      await make(one, keyed("more", { caller: "b" }));
    });

    it("are so large for a token", async () => {
      const body = new Uint8Array(largest.value);
      const { refusal, count } = await fill(
        (i) => keyed(`${i}`),
        (call) => call.settle({ ...answered, body }),
      );
      expect(refusal).toMatchObject({ code: "too-many-requests", facts: { limit: bytes.value } });
      expect(count).toBe(bytes.value / largest.value);
    });

    it("are so many at a time for an address without a token, and for all of these; whoever needs one has room", async () => {
      const begunCalls: BegunCall[] = [];
      const from = (network: string) => (i: number) =>
        keyed(`${network}${i}`, { caller: undefined, network });
      for (let n = 0; n < strangers.value; n++) {
        const { refusal, count } = await fill(from(`n${n}-`), (call) => begunCalls.push(call));
        expect(refusal).toMatchObject({ code: "too-many-requests", facts: { limit: underWay.value } });
        expect(count).toBe(underWay.value);
      }
      expect(await refused(one, from("more")(0))).toMatchObject({
        code: "too-many-requests",
        message: expect.stringContaining("all who need no token"),
      });
      await make(one, keyed("token"));
      for (const call of begunCalls) await call.drop();
      for (let i = 0; i <= underWay.value; i++) await make(one, from("more")(i));
    });

    it("are forgotten in time, and their room is given back", async (context) => {
      const { pass } = opened;
      if (!pass) return context.skip();
      for (let i = 0; i < entries.value; i++) await make(one, keyed(`${i}`));
      const still = await begun(other, keyed("still", { caller: "b" }));
      pass(keptTime.value);
      for (const key of ["0", "more"]) await make(other, keyed(key));
      expect((await refused(one, keyed("still", { caller: "b" }))).code).toBe("call-under-way");
      await still.settle(answered);
      pass(keptTime.value - 1);
      expect(await one.begin(keyed("still", { caller: "b" }))).toHaveProperty("answer");
    });

    it("whose host died are lost, and not made again; what it had answered is there", async (context) => {
      const { kill } = opened;
      if (!kill) return context.skip();
      await make(one, keyed("answered"));
      for (let i = 0; i < underWay.value; i++) await begun(one, keyed(`${i}`));
      expect((await refused(other, keyed("0"))).code).toBe("call-under-way");
      await kill();
      expect(await other.begin(keyed("answered"))).toHaveProperty("answer");
      await until(async () => (await refused(other, keyed("0"))).code === "answer-not-kept");
      expect((await refused(other, keyed("0"))).message).toContain("before it had an answer");
      expect((await refused(other, keyed("0", { print: "q" }))).code).toBe("other-call");
      // What the dead one had under way keeps nobody out.
      await make(other, keyed("next"));
    });
  });
}
