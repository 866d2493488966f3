/** Opening of a store on NATS: who may, where, and what is refused. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { bytesOf, deploying } from "../../support/commits.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

const run = promisify(execFile);
const marked = "marked-s3cret";

describe.runIf(!inject("missing").includes("nats-server"))("a store on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer(`authorization { users = [{ user: hotcell, password: "${marked}" }] }`);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const address = (login: string, name: string) => `nats://${login}@127.0.0.1:${server.port}/${name}`;

  it("is opened with user and password", async () => {
    await using store = await openNatsStore({ url: address(`hotcell:${marked}`, "login") });
    await store.commit(deploying("p", 0, bytesOf("a")));
    expect(inspect(store, { depth: 9 })).not.toContain(marked);
  });

  it("is refused to others, and no error has the password", async () => {
    const wrong = openNatsStore({ url: address(`hotcell:${marked}-wrong`, "login"), patience: 500 });
    const error = await refusalOf(wrong);
    expect(error.code).toBe("store-unavailable");
    expect(error.message).toMatch(/authorization/i);
    expect(inspect(error, { depth: 9 })).not.toContain(marked);
    for (const url of [
      `nats://u:${marked}@`,
      `redis://${marked}@h`,
      `nats://${marked}@h/a.b`,
      `nats://${marked}@h:0`,
    ]) {
      const refused = await refusalOf(openNatsStore({ url }));
      expect(refused.code).toBe("bad-settings");
      expect(inspect(refused, { depth: 9 })).not.toContain(marked);
    }
  });

  it("is refused at once to a user who may not use it, and needs no more than a few subjects", async () => {
    const [low, fit] = [`publish: ["app.>"]`, `publish: ["app.>", "$JS.API.>"], subscribe: ["_INBOX.>"]`];
    await using strict = await natsServer(`authorization { users = [
      { user: low, password: p, permissions: { ${low} } }
      { user: fit, password: p, permissions: { ${fit} } }
    ] }`);
    const open = (user: string) =>
      openNatsStore({ url: `nats://${user}:p@127.0.0.1:${strict.port}/app`, patience: 60_000 });
    const error = await refusalOf(open("low"));
    expect(error.code).toBe("store-unavailable");
    expect(error.facts.remedy).toContain("$JS.API.>");
    await using store = await open("fit");
    await store.commit(deploying("p", 0, bytesOf("a")));
    const values = store.keyValue();
    expect(await values.plugins()).toEqual([]);
  });

  it("is refused where nobody answers", async () => {
    const error = await refusalOf(openNatsStore({ url: "nats://127.0.0.1:1/x" }));
    expect(error).toMatchObject({ code: "store-unavailable", facts: { subject: "nats://127.0.0.1:1/x" } });
  });

  it("is refused by a server without JetStream", async () => {
    await using plain = await natsServer("", { jetstream: false });
    const error = await refusalOf(openNatsStore({ url: `nats://127.0.0.1:${plain.port}` }));
    expect(error.code).toBe("store-unavailable");
    expect(error.message).toContain("no JetStream");
  });

  it("is refused by a server that is too old", async () => {
    const old = createServer((socket) => {
      socket.write('INFO {"server_id":"x","version":"2.7.4","headers":true,"max_payload":1048576}\r\n');
      socket.on("data", () => socket.write("PONG\r\n"));
    }).listen(0, "127.0.0.1");
    await once(old, "listening");
    const { port } = old.address() as { port: number };
    const error = await refusalOf(openNatsStore({ url: `nats://127.0.0.1:${port}` }));
    expect(error).toMatchObject({ code: "store-unavailable", facts: { actual: "2.7.4" } });
    old.close();
  });

  it("is refused where a later Hotcell has been, or somebody else", async () => {
    const nc = await connect({ servers: `127.0.0.1:${server.port}`, user: "hotcell", pass: marked });
    const { streams } = await jetstreamManager(nc);
    await streams.add({ name: "other_log", subjects: ["other.>"] });
    await streams.add({
      ...{ name: "later_log", subjects: ["later.log.>"] },
      description: "Log of a Hotcell store, format 7",
    });
    await nc.close();
    const open = (name: string) => refusalOf(openNatsStore({ url: address(`hotcell:${marked}`, name) }));
    expect(await open("other")).toMatchObject({ code: "bad-settings", facts: { subject: "other_log" } });
    expect(await open("later")).toMatchObject({ code: "store-too-new", facts: { actual: 7 } });
  });

  it("is opened by TLS with certificates that are trusted, and by no others", async () => {
    const { folder } = server;
    const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
    await run("openssl", [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", files.key, "-out", files.cert],
    ]);
    await using secure = await natsServer(
      `tls { cert_file: "${files.cert}", key_file: "${files.key}" }\nauthorization { token: "${marked}" }`,
    );
    const url = `tls://${marked}@127.0.0.1:${secure.port}/secure`;
    await using store = await openNatsStore({ url, ca: files.cert });
    expect(await store.list()).toEqual([]);
    const error = await refusalOf(openNatsStore({ url }));
    expect(error.message).toMatch(/certificate/i);
    expect(inspect(error, { depth: 9 })).not.toContain(marked);
  });
});

describe.runIf(!inject("missing").includes("nats-server"))("a secret in a store on NATS", () => {
  it("is in its server's files as long as it restarts the plugin, and no longer", async () => {
    await using server = await natsServer();
    const { Secret } = await import("../../../host/capabilities/secret.ts");
    await using store = await openNatsStore({ url: `nats://127.0.0.1:${server.port}/erasure` });
    const secret = (name: string) => ({ settings: { env: { KEY: new Secret(`marked-${name}-s3cret`) } } });
    /** Texts that the server's files have, once it has written them. */
    const found = async (name: string) => {
      await server.kill();
      const { stdout } = await run("grep", ["-rlaF", `marked-${name}-s3cret`, server.folder]).catch(
        ({ stdout }: { stdout: string }) => ({ stdout }),
      );
      await server.start();
      await store.list();
      return stdout !== "";
    };
    await store.commit(deploying("p", 0, bytesOf("a"), secret("first")));
    expect(await found("first")).toBe(true);
    await store.commit(deploying("p", 1, bytesOf("a"), secret("second")));
    expect(await found("first")).toBe(false);
    expect(await found("second")).toBe(true);
    await store.commit(deploying("p", 2, bytesOf("a")));
    expect(await found("second")).toBe(false);
    expect(await readFile(join(server.folder, "server.conf"), "utf8")).not.toContain("marked");
  });
});
