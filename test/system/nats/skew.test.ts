/** What a newer Hotcell writes to a store on a real NATS server, and a host of today beside it. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  type Mock,
  vi,
} from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { bucket, plenty, putting } from "../../backends/key-value/contract.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("beside a newer Hotcell", () => {
  let server: NatsServer;
  let nc: NatsConnection;
  let said: Mock<typeof console.error>;
  let name: string;
  let places: Places;
  let opened = 0;
  beforeAll(async () => {
    server = await natsServer();
    nc = await connect({ servers: `127.0.0.1:${server.port}` });
  });
  afterAll(async () => {
    await nc?.close();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    name = `skew-${++opened}`;
    places = new Places(name);
    said = vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => said.mockRestore());

  const open = () => openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}` });
  const lines = () => said.mock.calls.map(([line]: unknown[]) => String(line)).join("\n");
  /** Number of a message as a newer Hotcell would publish it. */
  const publish = async (subject: string, content: unknown, head?: object): Promise<number> => {
    const told = headers();
    if (head) told.set("Hotcell", JSON.stringify(head));
    const data = typeof content === "string" ? content : JSON.stringify(content);
    return (await jetstream(nc).publish(subject, data, { headers: told })).seq;
  };
  const tooNew = (thing: string) => ({ code: "store-too-new", facts: { subject: thing } });

  describe("values by key", () => {
    const ofGuest = () => `${places.valueChanges}.guest`;
    const quota = { bytes: 1e6, keys: 1e3 };
    const put = { bucket: "b", quota, kind: "put", keys: ["n"], sizes: [3] };

    it.each([
      ["a kind of change that is not known", `${JSON.stringify({ ...put, kind: "append" })}\nnew`, {}],
      ["a member that is not known", `${JSON.stringify({ ...put, until: 1 })}\nnew`, {}],
      ["a later form", "\u0001not JSON at all", { form: 2 }],
    ])(
      "are told, kept as a snapshot and changed no more by a host that meets %s",
      async (_, change, head) => {
        await using store = await open();
        const values = store.keyValue();
        const other = { plugin: "other", bucket: "b" };
        for (const each of [bucket, other]) await values.change(each, putting(["n", "old"]), plenty);
        await publish(ofGuest(), change, { plugin: "guest", ...head });
        const thing = "the values by key of guest";
        for (const refused of [
          async () => values.get(bucket, ["n"], 100),
          () => values.usage("guest"),
          () => values.change(bucket, putting(["m", "x"]), plenty),
        ])
          expect(await refusalOf(refused())).toMatchObject(tooNew(thing));
        expect(
          lines()
            .split("\n")
            .filter((line) => line.includes(thing)),
        ).toHaveLength(1);
        // Nothing of the log is taken for what it is not, and others' values are as they were.
        for (let i = 0; i < 1_100; i++)
          nc.publish(ofGuest(), `${JSON.stringify(put)}\nxyz`, headersOf("guest"));
        await nc.flush();
        const [found] = (await values.get(other, ["n"], 100))!;
        expect(Buffer.from(found!.value).toString()).toBe("old");
        expect(await values.plugins()).toEqual(["guest", "other"]);
        const jsm = await jetstreamManager(nc);
        const subjects = { subjects_filter: `${places.valueData}.m.>` };
        expect((await jsm.streams.info(places.data, subjects)).state.subjects ?? {}).toEqual({});
        // A host that begins later knows as little, until the plugin is removed with its values.
        await using later = await open();
        const again = later.keyValue();
        expect(await refusalOf(Promise.resolve(again.get(bucket, ["n"], 100)))).toMatchObject(tooNew(thing));
        await values.forget("guest");
        for (const each of [values, again]) expect(await each.usage("guest")).toEqual([]);
        expect(await again.change(bucket, putting(["n", "new"]), plenty)).toMatchObject({ done: true });
      },
    );

    const headersOf = (plugin: string) => {
      const told = headers();
      told.set("Hotcell", JSON.stringify({ plugin }));
      return { headers: told };
    };

    it("are left to others where a snapshot of them is not known, which stays as it is", async () => {
      await using newer = await open();
      await newer.keyValue().change(bucket, putting(["n", "old"]), plenty);
      const subject = `${places.valueData}.m.guest`;
      const marker = { plugin: "guest", upTo: 1, id: "x", chunks: 1 };
      await publish(`${places.valueData}.s.guest.x.0`, `${JSON.stringify([["b", "n", 3, 7, 99]])}\nold`);
      await publish(subject, marker);
      await using store = await open();
      const values = store.keyValue();
      const thing = tooNew("the values by key of guest");
      expect(await refusalOf(Promise.resolve(values.get(bucket, ["n"], 100)))).toMatchObject(thing);
      await publish(subject, { ...marker, form: 2, chunks: "all in one" });
      await using third = await open();
      expect(await refusalOf(Promise.resolve(third.keyValue().usage("guest")))).toMatchObject(thing);
    });
  });
});
