import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { head, type RawClient } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const { host, start, connect } = hostsOfTests();

const component = Buffer.from(sample());

/** Its header is sent; the body waits for the host to ask. */
async function begin(plugin: string): Promise<RawClient> {
  const client = await connect();
  const fields = [
    `Authorization: ${authorization}`,
    "Content-Type: application/wasm",
    "Expect: 100-continue",
  ];
  return client.send(head(`PUT /plugins/${plugin}`, ...fields, `Content-Length: ${component.length}`));
}

async function refused(plugin: string): Promise<void> {
  const answer = await (await begin(plugin)).end();
  expect(answer).toMatch(/^HTTP\/1.1 429 /);
  expect(answer).toMatch(/\r\nretry-after: 1\r\n/i);
  expect(answer).toContain('"code":"too-many-requests"');
}

it("receives some uploads at once, lets some wait, and refuses the rest", async () => {
  await start({ limits: { uploadsAtOnce: 2, uploadsWaiting: 1 } });
  const [one, two] = [await begin("one"), await begin("two")];
  await Promise.all([one.until(/100 Continue/), two.until(/100 Continue/)]);
  const three = await begin("three");
  const four = await begin("four");
  // Whichever of them the host saw second is refused.
  const [waiting, late] = await Promise.race([
    four.end().then((answer) => [three, answer] as const),
    three.end().then((answer) => [four, answer] as const),
  ]);
  expect(late).toMatch(/^HTTP\/1.1 429 /);
  await refused("five");

  // One that goes away leaves its place to another.
  one.socket.destroy();
  await waiting.until(/100 Continue/);
  waiting.socket.write(component);
  await waiting.until(/201 Created/);
  two.socket.write(component);
  await two.until(/201 Created/);
  expect((await host.put("six", sample())).status).toBe(201);
  expect(host.faults).toEqual([]);
});

it("forgets those that go away while they wait", async () => {
  await start({ limits: { uploadsAtOnce: 1, uploadsWaiting: 1 } });
  const one = await begin("one");
  await one.until(/100 Continue/);
  const leaving = await begin("two");
  // The place is taken once another is refused.
  await refused("three");
  leaving.socket.destroy();
  one.socket.write(component);
  await one.until(/201 Created/);
  // Nobody is waited for who is gone, once the host has noticed.
  let status = 429;
  while (status === 429) ({ status } = await host.put("four", sample()));
  expect(status).toBe(201);
});

it("gives the place of a refused upload to the next", async () => {
  await start({ limits: { uploadsAtOnce: 1, uploadsWaiting: 0 } });
  for (let round = 0; round < 3; round++) {
    expect((await host.put("text", new TextEncoder().encode("no component"))).status).toBe(400);
    expect((await host.put("calc", sample())).status).toBeLessThan(300);
  }
});
