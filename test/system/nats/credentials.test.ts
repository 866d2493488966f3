/** Stores on NATS servers that trust an operator: users by credentials files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { nkeys } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { bytesOf, deploying } from "../../support/commits.ts";
import { SecretSearch } from "../../support/secret-search.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const waiting = { timeout: 30_000, interval: 100 };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** JWT as NATS's servers read them, second version. */
function jwtOf(issuer: KeyPair, subject: KeyPair, nats: object, seconds?: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...{
      jti: crypto.randomUUID(),
      iat,
      iss: issuer.getPublicKey(),
      sub: subject.getPublicKey(),
      name: "test",
    },
    ...(seconds !== undefined && { exp: iat + seconds }),
    nats: { ...nats, version: 2 },
  };
  const signed = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part(claims)}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString("base64url")}`;
}

describe.runIf(!inject("missing").includes("nats-server"))("credentials files of NATS", () => {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const system = nkeys.createAccount();
  const unlimited = { subs: -1, data: -1, payload: -1, conn: -1, leaf: -1, imports: -1, exports: -1 };
  const limits = {
    ...unlimited,
    wildcards: true,
    mem_storage: -1,
    disk_storage: -1,
    streams: -1,
    consumer: -1,
  };
  const accountJwt = (more: object = {}) =>
    jwtOf(operator, account, { type: "account", limits, default_permissions: {}, ...more });
  let server: NatsServer;
  let folder: string;
  let file: string;
  const system_account = system.getPublicKey();
  const trusted = jwtOf(operator, operator, { type: "operator", system_account });
  const systemJwt = jwtOf(operator, system, { type: "account", limits: unlimited });
  const settings = (jwt: string) => {
    const accounts = `${account.getPublicKey()}: ${jwt}, ${system_account}: ${systemJwt}`;
    return `operator: ${trusted}\nsystem_account: ${system_account}\nresolver: MEMORY\nresolver_preload: { ${accounts} }`;
  };
  const seeds: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-creds-"));
    file = join(folder, "host.creds");
    server = await natsServer(settings(accountJwt()));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Writes credentials of a new user, and resolves to its key. */
  async function write({ issuer = account, seconds }: { issuer?: KeyPair; seconds?: number } = {}) {
    const user = nkeys.createUser();
    const limited = { pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
    const jwt = jwtOf(issuer, user, { type: "user", ...limited }, seconds);
    const seed = text(user.getSeed());
    seeds.push(seed);
    const block = (what: string, content: string) =>
      `-----BEGIN ${what}-----\n${content}\n------END ${what}------\n\n`;
    await writeFile(file, block("NATS USER JWT", jwt) + block("USER NKEY SEED", seed));
    return user;
  }
  const open = (patience = 500) =>
    openNatsStore({ url: `nats://127.0.0.1:${server.port}/creds`, credentials: file, patience });
  const expectNoSecret = (error: unknown) => {
    const search = new SecretSearch(seeds);
    search.add("what was told", inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error));
    expect(search.findings()).toEqual([]);
  };

  it("let a host in", async () => {
    await write();
    await using store = await open();
    await store.commit(deploying("p", 0, bytesOf("a")));
    expectNoSecret(store);
  });

  it("of another account, or that are none, are refused with what to do", async () => {
    await write({ issuer: nkeys.createAccount() });
    const wrong = await refusalOf(open());
    expect(wrong).toMatchObject({
      code: "store-unavailable",
      facts: { remedy: expect.stringContaining("credentials") },
    });
    expectNoSecret(wrong);
    await writeFile(file, seeds.at(-1)!);
    const none = await refusalOf(open());
    expect(none).toMatchObject({ code: "bad-settings", facts: { subject: file } });
    expectNoSecret(none);
  });

  it("that end while a host has a connection are told of, and renewed ones are taken by themselves", async () => {
    await write({ seconds: 2 });
    await using store = await open();
    const refused = await vi.waitFor(async () => {
      const error = await refusalOf(store.list());
      expect(error.message).toContain("refuse this host");
      return error;
    }, waiting);
    expect(refused).toMatchObject({
      code: "store-unavailable",
      facts: { remedy: expect.stringContaining("HOTCELL_NATS_CREDS") },
    });
    expectNoSecret(refused);
    await write();
    await vi.waitFor(() => store.list(), waiting);
  });

  it("of a user that is revoked while a host has a connection are told of", async () => {
    const user = await write();
    await using store = await open();
    await store.list();
    const revocations = { [user.getPublicKey()]: Math.floor(Date.now() / 1000) };
    await server.reload(settings(accountJwt({ revocations })));
    const refused = await vi.waitFor(async () => {
      const error = await refusalOf(store.list());
      expect(error.message).toContain("refuse this host");
      return error;
    }, waiting);
    expectNoSecret(refused);
    await write();
    await vi.waitFor(() => store.list(), waiting);
  });
});
