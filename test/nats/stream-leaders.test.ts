import { expect, it } from "vitest";
import { StreamLeaders } from "../../host/nats/stream-leaders.ts";

/** Servers of which one leads that has `behind` until they have agreed, and `stored` from then on. */
function servers({ others = 2 } = {}) {
  const state = { leader: "a", caughtUp: false, agreements: 0, others };
  const leaders = new StreamLeaders({
    ask: async () => ({ leader: state.leader, others: state.others }),
    async agree() {
      state.agreements++;
      state.caughtUp = true;
    },
  });
  const read = async () => (state.caughtUp ? "stored" : "behind");
  return { state, leaders, read };
}

it("a leader is believed once it has done what the servers agreed on, and many who ask at once have them agree once", async () => {
  const { state, leaders, read } = servers();
  const answers = await Promise.all(Array.from({ length: 20 }, () => leaders.vouched("s", read)));
  expect(new Set(answers)).toEqual(new Set(["stored"]));
  expect(await leaders.vouched("s", read)).toBe("stored");
  expect(state.agreements).toBe(1);
});

it("another leader is not believed for what the one before has done", async () => {
  const { state, leaders, read } = servers();
  await leaders.vouched("s", read);
  Object.assign(state, { leader: "b", caughtUp: false });
  expect(await leaders.vouched("s", read)).toBe("stored");
  expect(state.agreements).toBe(2);
});

it("a leader that another one follows while it is read is not believed", async () => {
  const { state, leaders, read } = servers();
  await leaders.vouched("s", read);
  let first = true;
  const found = await leaders.vouched("s", async () => {
    const answer = first ? "old" : await read();
    if (first) Object.assign(state, { leader: "b", caughtUp: false });
    first = false;
    return answer;
  });
  expect(found).toBe("stored");
});

it("who has the only copy is believed without that, and so is an answer that is sure", async () => {
  const one = servers({ others: 0 });
  expect(await one.leaders.vouched("s", one.read)).toBe("behind");
  const { state, leaders, read } = servers();
  expect(await leaders.vouched("s", read, () => true)).toBe("behind");
  expect([one.state.agreements, state.agreements]).toEqual([0, 0]);
});
