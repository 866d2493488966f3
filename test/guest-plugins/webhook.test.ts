/** The example webhook: its hash against Node's, and deliveries on our own host. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createHost } from "../../host/host.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { root } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";
import { buildComponent, removeTemporaryFolders, run } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

test("hashes and signs as Node does, in pieces of any length", async () => {
  const source = (name: string) =>
    readFileSync(join(root, "guest-plugins/webhook/assembly", `${name}.ts`), "utf8");
  const { call } = await run(
    await buildComponent({
      files: {
        "wit/world.wit": `package t:t; world t {
          export hash: func(pieces: list<list<u8>>) -> list<u8>;
          export sign: func(secret: list<u8>, message: list<u8>) -> list<u8>;
        }`,
        "assembly/sha256.ts": source("sha256"),
        "assembly/hmac.ts": source("hmac"),
        "assembly/index.ts": `import { HmacKey } from "./hmac";
          import { Sha256 } from "./sha256";
          export function hash(pieces: Array<Uint8Array>): Uint8Array {
            const hash = new Sha256();
            for (let i = 0; i < pieces.length; i++) hash.update(pieces[i]);
            return hash.digest();
          }
          export function sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
            const key = new HmacKey(secret);
            key.sign(message);
            return key.sign(message);
          }`,
      },
    }),
  );
  for (let length = 0; length < 260; length++) {
    const bytes = randomBytes(length);
    const cut = length === 0 ? 0 : bytes[0]! % length;
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].map((piece) => new Uint8Array(piece));
    const hash = createHash("sha256").update(bytes).digest();
    expect(Buffer.from(call("hash", pieces) as Uint8Array).equals(hash)).toBe(true);
    const signature = createHmac("sha256", bytes).update(hash).digest();
    const signed = call("sign", new Uint8Array(bytes), new Uint8Array(hash)) as Uint8Array;
    expect(Buffer.from(signed).equals(signature)).toBe(true);
  }
});

describe("deliveries", async () => {
  const secret = "It's a Secret to Everybody";
  const logged: string[] = [];
  const host = await createHost({ log: (line) => logged.push(JSON.stringify(line)) });
  afterAll(() => host.close());
  const component = exampleWasm("webhook");
  const settings = { grants: { logging: true }, env: { secret: { secret } }, mode: "fresh" as const };
  await host.registry.deploy("webhook", component, { settings });

  async function deliver(body: string, fields: readonly string[], method = "POST") {
    const exchange = new MemoryExchange({
      method,
      target: "/",
      fields: ["X-GitHub-Event", "push", ...fields],
      body: [body],
    });
    await (await host.registry.handler("webhook")).handle(exchange);
    return { status: exchange.response!.status, text: exchange.response!.text };
  }
  const signed = (body: string, key = secret) => [
    "x-hub-signature-256",
    `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
  ];
  const body = JSON.stringify({
    repository: { full_name: "octo/cat" },
    sender: { login: "mona" },
    more: "ü".repeat(5000),
  });

  test("that are signed are taken and logged", async () => {
    expect(await deliver(body, signed(body))).toEqual({
      status: 202,
      text: '{"event":"push","repository":"octo/cat"}',
    });
    expect(logged.join("\n")).toContain("push in octo/cat by mona");
  });

  test("that are not, or not with this secret, or not as they came, are refused", async () => {
    for (const fields of [
      [],
      signed(body, "guessed"),
      signed(`${body} `),
      ["x-hub-signature-256", "sha256="],
    ])
      expect((await deliver(body, fields)).status).toBe(401);
    expect((await deliver("{", signed("{"))).status).toBe(400);
    expect((await deliver(body, signed(body), "PUT")).status).toBe(405);
  });

  test("are not taken at all without a secret", async () => {
    const without = { settings: { grants: { logging: true } } };
    await expect(host.registry.deploy("other", component, without)).rejects.toMatchObject({
      code: "init-failed",
    });
  });
});
