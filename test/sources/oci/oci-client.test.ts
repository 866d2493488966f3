import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import type { AddressLookup } from "../../../host/backends/http-client/checked-connect.ts";
import { OciClient, type OciClientOptions } from "../../../host/sources/oci/oci-client.ts";
import { parseReference } from "../../../host/sources/oci/oci-reference.ts";
import { credentialsOf } from "../../../host/sources/oci/registry-credentials.ts";
import { readRegistries } from "../../../host/sources/oci/registry-rules.ts";
import { testAuthority } from "../../backends/http-client/test-authority.ts";
import { refusalOf } from "../../support/thrown.ts";
import {
  type ManifestChange,
  manifestType,
  type RegistryHandler,
  sha256,
  startTestRegistry,
  type TestRegistry,
} from "./test-registry.ts";

const bytes = Buffer.from("\0asm of a component, as far as registries know");
let registry: TestRegistry;
const folder = await mkdtempDisposable(join(tmpdir(), "hotcell-oci-"));
afterAll(() => folder.remove());
const clients: OciClient[] = [];

beforeEach(async () => {
  registry = await startTestRegistry();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await registry.close();
});

/** Client that may pull from the registry, and waits for nothing. */
function client(options: Partial<OciClientOptions> = {}): OciClient {
  const made = new OciClient({
    rules: readRegistries([registry.url], "registries"),
    maxBytes: 1000,
    ...options,
    times: { backoff: 1, ...options.times },
  });
  clients.push(made);
  return made;
}

const reference = (rest = "acme/greet:1") => parseReference(`${registry.name}/${rest}`);
const pull = (options?: Partial<OciClientOptions>, rest?: string) => client(options).pull(reference(rest));
const refused = async (options?: Partial<OciClientOptions>, rest?: string) => {
  const { code, message, facts, cause } = await refusalOf(pull(options, rest));
  return { code, message, facts: { ...facts, cause } };
};
/** Answer with a status and fields, and a body. */
const answer =
  (status: number, fields: Record<string, string> = {}, body: string | Uint8Array = ""): RegistryHandler =>
  (_, response) => {
    response.writeHead(status, fields).end(body);
  };

it("pulls a component by its tag, by its digest, and what an index of one has", async () => {
  const { manifest, component } = registry.put("acme/greet", "1", bytes);
  expect(await pull()).toEqual({ bytes, origin: { oci: `${registry.name}/acme/greet:1`, digest: manifest } });
  expect((await pull({}, `acme/greet@${manifest}`)).bytes).toEqual(bytes);
  expect((await pull({}, `acme/greet:1@${manifest}`)).origin.digest).toBe(manifest);
  expect(registry.asked.slice(0, 2)).toEqual([
    "GET /v2/acme/greet/manifests/1",
    `GET /v2/acme/greet/blobs/${component}`,
  ]);
  const size = JSON.stringify(await (await fetch(`${registry.url}/v2/acme/greet/manifests/1`)).json()).length;
  const index = { schemaVersion: 2, manifests: [{ mediaType: manifestType, digest: manifest, size }] };
  const type = "application/vnd.oci.image.index.v1+json";
  registry.answers.set(
    "/v2/acme/greet/manifests/i",
    answer(200, { "content-type": type }, JSON.stringify(index)),
  );
  expect((await pull({}, "acme/greet:i")).bytes).toEqual(bytes);
  const two = JSON.stringify({ ...index, manifests: [...index.manifests, ...index.manifests] });
  registry.answers.set("/v2/acme/greet/manifests/i", answer(200, { "content-type": type }, two));
  expect(await refused({}, "acme/greet:i")).toMatchObject({ code: "bad-image", facts: { actual: 2 } });
});

it("pulls what says of which type it is as OCI 1.1 has it", async () => {
  registry.put("acme/greet", "1", bytes, (manifest) => ({
    ...manifest,
    mediaType: undefined,
    artifactType: "application/vnd.wasm.config.v0+json",
    config: { ...manifest.config, mediaType: "application/vnd.oci.empty.v1+json" },
  }));
  expect((await pull()).bytes).toEqual(bytes);
});

it("looks what a tag stands for", async () => {
  const { manifest, manifestPath } = registry.put("acme/greet", "1", bytes);
  expect(await client().look(reference())).toBe(manifest);
  expect(registry.asked).toEqual(["HEAD /v2/acme/greet/manifests/1"]);
  const send = registry.answers.get(manifestPath)!;
  registry.answers.set(manifestPath, (request, response) => {
    if (request.method === "HEAD") response.writeHead(200).end();
    else send(request, response);
  });
  expect(await client().look(reference())).toBe(manifest);
  expect((await refusalOf(client().look(reference("acme/greet:2")))).code).toBe("image-not-found");
});

it.each<[string, ManifestChange, RegExp]>([
  ["a text", () => "manifest", /something else at its root|another type/],
  ["another schema", (m) => ({ ...m, schemaVersion: 1 }), /something else at schemaVersion/],
  ["no layer", (m) => ({ ...m, layers: [] }), /it has 0 layers/],
  ["two layers", (m) => ({ ...m, layers: [m.layers[0], m.layers[0]] }), /it has 2 layers/],
  [
    "another config",
    (m) => ({ ...m, config: { ...m.config, mediaType: "application/vnd.oci.image.config.v1+json" } }),
    /its config is of another type/,
  ],
  [
    "another layer",
    (m) => ({ ...m, layers: [{ ...m.layers[0], mediaType: "application/tar" }] }),
    /its layer is of another type/,
  ],
  [
    "another type inside",
    (m) => ({ ...m, mediaType: "application/vnd.docker.distribution.manifest.v2+json" }),
    /another type than it says/,
  ],
  [
    "a digest that is none",
    (m) => ({ ...m, layers: [{ ...m.layers[0], digest: "sha256:../../x" }] }),
    /layers.0.digest/,
  ],
  ["a size below nothing", (m) => ({ ...m, layers: [{ ...m.layers[0], size: -1 }] }), /layers.0.size/],
  ["null", () => null, /something else at its root|another type/],
])("refuses a manifest with %s", async (_, change, why) => {
  registry.put("acme/greet", "1", bytes, change);
  const { code, message } = await refused();
  expect(code).toBe("bad-image");
  expect(message).toMatch(why);
});

it("refuses what came as something else: a page, another manifest, one without an end", async () => {
  const { manifest, manifestPath } = registry.put("acme/greet", "1", bytes);
  registry.answers.set(manifestPath, answer(200, { "content-type": "text/html" }, "<html>"));
  expect((await refused()).code).toBe("bad-image");
  registry.answers.set(
    manifestPath,
    answer(200, { "content-type": manifestType, "docker-content-digest": manifest }, "{}"),
  );
  expect(await refused()).toMatchObject({
    code: "image-damaged",
    facts: { expected: manifest, actual: sha256("{}") },
  });
  registry.answers.set(
    `/v2/acme/greet/manifests/${manifest}`,
    answer(200, { "content-type": manifestType }, "{}"),
  );
  expect((await refused({}, `acme/greet@${manifest}`)).code).toBe("image-damaged");
  const endless: RegistryHandler = (_, response) => {
    response.writeHead(200, { "content-type": manifestType });
    const more = () => {
      while (response.write(Buffer.alloc(64 * 1024, " ")));
    };
    response.on("drain", more);
    more();
  };
  registry.answers.set(manifestPath, endless);
  expect((await refused()).code).toBe("bad-image");
});

it.each<[string, RegistryHandler, string]>([
  ["of another digest", answer(200, {}, Buffer.from(bytes).fill("x")), "image-damaged"],
  ["of another length", answer(200, { "content-length": "3" }, "abc"), "image-damaged"],
  [
    "that is longer",
    answer(200, { "transfer-encoding": "chunked" }, Buffer.alloc(bytes.length + 1)),
    "image-damaged",
  ],
  ["that is shorter", answer(200, { "transfer-encoding": "chunked" }, bytes.subarray(1)), "registry-failed"],
  [
    "that is cut",
    (_, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 5), () => response.destroy());
    },
    "registry-failed",
  ],
  [
    "that is compressed",
    answer(200, { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(1e6))),
    "registry-failed",
  ],
  ["with too many fields", answer(200, { "x-long": "x".repeat(40_000) }, bytes), "registry-failed"],
  ["that is not there", answer(404), "image-damaged"],
  ["in parts", answer(206, {}, bytes), "registry-failed"],
  [
    "by too many redirects",
    (request, response) => {
      response.writeHead(307, { location: request.url! }).end();
    },
    "registry-failed",
  ],
  ["by a redirect to nowhere", answer(307, { location: "file:///etc/passwd" }), "registry-failed"],
  [
    "by a redirect to an address inside",
    answer(307, { location: "https://169.254.169.254/latest" }),
    "registry-failed",
  ],
  ["by a redirect without TLS", answer(307, { location: "http://example.com/blob" }), "registry-failed"],
  [
    "by a redirect with a login",
    (request, response) => {
      response.writeHead(307, { location: `http://a:b@${request.headers.host}/blob` }).end();
    },
    "registry-failed",
  ],
])("refuses a component %s", async (_, handler, code) => {
  registry.answers.set(registry.put("acme/greet", "1", bytes).blobPath, handler);
  expect((await refused()).code).toBe(code);
});

it("refuses a component that is larger than the host takes before it asks for it", async () => {
  registry.put("acme/greet", "1", bytes);
  expect(await refused({ maxBytes: 10 })).toMatchObject({
    code: "too-large",
    facts: { limit: 10, actual: bytes.length },
  });
  expect(registry.asked).toHaveLength(1);
});

it("tries again what fails in passing, and tells what stays so", async () => {
  const { blobPath, manifestPath } = registry.put("acme/greet", "1", bytes);
  for (const path of [blobPath, manifestPath]) {
    const send = registry.answers.get(path)!;
    const failures: RegistryHandler[] = [
      answer(503, { "retry-after": "0" }),
      (request) => request.socket.destroy(),
      answer(500),
    ];
    registry.answers.set(path, (request, response) => (failures.shift() ?? send)(request, response));
  }
  expect((await pull()).bytes).toEqual(bytes);
  expect(registry.asked).toHaveLength(8);
  registry.answers.set(manifestPath, answer(429, { "retry-after": "3000" }));
  expect(await refused()).toMatchObject({ code: "registry-busy", facts: { retryAfter: 3000 } });
  registry.answers.set(manifestPath, answer(500));
  expect(await refused()).toMatchObject({ code: "registry-failed" });
  registry.answers.set(
    manifestPath,
    answer(400, {}, '{"errors":[{"code":"NAME_INVALID","message":"<script>"}]}'),
  );
  const { code, message } = await refused();
  expect([code, message]).toEqual([
    "registry-failed",
    `The registry ${registry.name} failed: it answered 400, NAME_INVALID.`,
  ]);
});

it("gives up a registry that is silent, drips, or takes all the time there is", async () => {
  const { blobPath, manifestPath } = registry.put("acme/greet", "1", bytes);
  const send = registry.answers.get(manifestPath)!;
  registry.answers.set(manifestPath, () => {});
  expect((await refused({ times: { firstByte: 20 } })).code).toBe("registry-timeout");
  expect((await refused({ times: { time: 50 } })).code).toBe("registry-timeout");
  registry.answers.set(manifestPath, send);
  registry.answers.set(blobPath, (_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 1));
  });
  expect((await refused({ times: { rateTime: 20 } })).code).toBe("registry-timeout");
});

it("ends with its host", async () => {
  registry.put("acme/greet", "1", bytes);
  registry.answers.set("/v2/acme/greet/manifests/1", () => {});
  const own = client();
  const pulling = refusalOf(own.pull(reference()));
  while (registry.asked.length === 0) await new Promise((done) => setImmediate(done));
  await own.close();
  expect((await pulling).code).toBe("closed");
});

it("ends with its host while it waits to try again, as long as the registry wants", async () => {
  registry.put("acme/greet", "1", bytes);
  const own = client();
  const dropped = Promise.withResolvers<void>();
  registry.answers.set("/v2/acme/greet/manifests/1", (_, response) => {
    response.on("close", dropped.resolve);
    // Without an end: it is dropped when its head is read.
    response.writeHead(503, { "retry-after": "140" }).flushHeaders();
  });
  const pulling = refusalOf(own.pull(reference()));
  await dropped.promise;
  await own.close();
  expect((await pulling).code).toBe("closed");
});

it("ends when whoever asked leaves", async () => {
  registry.put("acme/greet", "1", bytes);
  registry.answers.set("/v2/acme/greet/manifests/1", () => {});
  const leaving = new AbortController();
  const pulling = client().pull(reference(), leaving.signal);
  while (registry.asked.length === 0) await new Promise((done) => setImmediate(done));
  leaving.abort(new Error("gone"));
  await expect(pulling).rejects.toThrow("gone");
});

/** Registry that asks for a token, and the file of credentials for it. */
async function withLogin(realm = `${registry.url}/token`): Promise<{ path: string; file: string }> {
  const { manifestPath, blobPath } = registry.put("acme/greet", "1", bytes);
  for (const path of [manifestPath, blobPath]) {
    const send = registry.answers.get(path)!;
    registry.answers.set(path, (request, response) => {
      if (request.headers.authorization === "Bearer the-token") return send(request, response);
      const challenge = `Bearer realm="${realm}",service="s p",scope="repository:other:push"`;
      return response.writeHead(401, { "www-authenticate": challenge }).end();
    });
  }
  registry.answers.set("/token", answer(200, {}, '{"token":"the-token","expires_in":300}'));
  const file = join(folder.path, "config.json");
  const auth = Buffer.from("ada:swordfish").toString("base64");
  await writeFile(file, JSON.stringify({ auths: { [registry.name]: { auth } }, credsStore: "desktop" }));
  return { path: manifestPath, file };
}

it("gets a token for what it pulls and for nothing else, and keeps it", async () => {
  const { file } = await withLogin();
  const own = client({ credentials: credentialsOf({ file, named: "logins" }) });
  await own.pull(reference());
  await own.pull(reference());
  const basic = `Basic ${Buffer.from("ada:swordfish").toString("base64")}`;
  expect(registry.asked.map((asked) => asked.replace(/sha256:\w+/, "…"))).toEqual([
    "GET /v2/acme/greet/manifests/1",
    `GET /token?service=s+p&scope=repository%3Aacme%2Fgreet%3Apull ${basic}`,
    ...Array(2)
      .fill([
        "GET /v2/acme/greet/manifests/1 Bearer the-token",
        "GET /v2/acme/greet/blobs/… Bearer the-token",
      ])
      .flat(),
  ]);
});

it("waits for its server for tokens as long as that wants, and tells who waits for nothing how long that is", async () => {
  await withLogin();
  const send = registry.answers.get("/token")!;
  const failures: RegistryHandler[] = [answer(503, { "retry-after": "0" }), answer(429), answer(502)];
  registry.answers.set("/token", (request, response) => (failures.shift() ?? send)(request, response));
  expect((await pull()).bytes).toEqual(bytes);
  for (const status of [429, 503]) {
    registry.answers.set("/token", answer(status, { "retry-after": "3000" }));
    expect(await refused()).toMatchObject({ code: "registry-busy", facts: { retryAfter: 3000 } });
  }
  registry.answers.set("/token", answer(501));
  expect((await refused()).code).toBe("registry-failed");
});

it("sends an identity token to the server for tokens, in a form, and nowhere else", async () => {
  const { file, path } = await withLogin();
  const identitytoken = "identity/token+1";
  await writeFile(
    file,
    JSON.stringify({
      auths: { [registry.name]: { auth: Buffer.from("<token>:").toString("base64"), identitytoken } },
    }),
  );
  const forms: object[] = [];
  registry.answers.set("/token", async (request, response) => {
    forms.push(Object.fromEntries(new URLSearchParams(await text(request))));
    response.writeHead(200).end('{"access_token":"the-token"}');
  });
  const credentials = credentialsOf({ file, named: "logins" });
  expect((await pull({ credentials })).bytes).toEqual(bytes);
  expect(registry.asked[1]).toBe("POST /token");
  expect(forms).toEqual([
    {
      ...{ grant_type: "refresh_token", client_id: "hotcell", service: "s p" },
      ...{ scope: "repository:acme/greet:pull", refresh_token: identitytoken },
    },
  ]);
  registry.answers.set("/token", answer(401, {}, identitytoken));
  const denied = await refused({ credentials });
  expect(denied.code).toBe("registry-denied");
  expect(denied.message).toContain("the identity token");
  expect(JSON.stringify(denied)).not.toMatch(/identity\/token|identity%2F/);
  registry.answers.set(path, answer(401, { "www-authenticate": 'Basic realm="r"' }));
  expect((await refused({ credentials })).message).toContain("wants a name and a password");
});

it("pulls without a name where the registry lets everybody have a token", async () => {
  await withLogin();
  expect((await pull()).bytes).toEqual(bytes);
  expect(registry.asked[1]).toBe("GET /token?service=s+p&scope=repository%3Aacme%2Fgreet%3Apull");
});

it("logs in by name and password where the registry asks for that", async () => {
  const { file, path } = await withLogin();
  const send = registry.put("acme/greet", "1", bytes);
  const sendManifest = registry.answers.get(send.manifestPath)!;
  registry.answers.set(path, (request, response) =>
    request.headers.authorization?.startsWith("Basic ")
      ? sendManifest(request, response)
      : response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end(),
  );
  expect((await pull({ credentials: credentialsOf({ file, named: "logins" }) })).bytes).toEqual(bytes);
  expect(await refused()).toMatchObject({
    code: "registry-denied",
    facts: { remedy: /HOTCELL_REGISTRY_AUTH/ },
  });
});

it("sends its login to no other host: not where a challenge names one, nor where a redirect leads", async () => {
  const other = await startTestRegistry();
  try {
    // 127.0.0.1 at another port is another host's as far as anybody knows.
    const { file } = await withLogin(`${other.url}/token`);
    other.answers.set("/token", answer(200, {}, '{"token":"the-token"}'));
    const rules = readRegistries([registry.url, other.url], "registries");
    await pull({ rules, credentials: credentialsOf({ file, named: "logins" }) });
    expect(other.asked).toEqual(["GET /token?service=s+p&scope=repository%3Aacme%2Fgreet%3Apull"]);
    const { blobPath } = registry.put("acme/greet", "1", bytes);
    registry.answers.set(blobPath, answer(307, { location: `${other.url}/blob?signed=1` }));
    other.answers.set("/blob", answer(200, {}, bytes));
    await pull({ rules, credentials: credentialsOf({ file, named: "logins" }) });
    expect(other.asked.slice(-1)).toEqual(["GET /blob?signed=1"]);
    // Nor a login for that very host: the token that it gives for one would go to the registry that named it.
    await withLogin(`${other.url}/token`);
    const auth = Buffer.from("ada:for-the-other").toString("base64");
    await writeFile(file, JSON.stringify({ auths: { [other.name]: { auth } } }));
    await pull({ rules, credentials: credentialsOf({ file, named: "logins" }) });
    expect(other.asked.at(-1)).toBe("GET /token?service=s+p&scope=repository%3Aacme%2Fgreet%3Apull");
  } finally {
    await other.close();
  }
});

it("tells nothing of what it sent, whatever the registry says", async () => {
  const { file, path } = await withLogin();
  const basic = Buffer.from("ada:swordfish").toString("base64");
  registry.answers.set("/token", answer(200, {}, '{"token":"the-token"}'));
  registry.answers.set(path, (request, response) =>
    request.headers.authorization === undefined
      ? response.writeHead(401, { "www-authenticate": `Bearer realm="${registry.url}/token"` }).end()
      : response.writeHead(200, { "content-type": `text/${basic}-swordfish-the-token` }).end("{}"),
  );
  const told = await refused({ credentials: credentialsOf({ file, named: "logins" }) });
  expect(told.code).toBe("bad-image");
  expect(JSON.stringify(told)).not.toMatch(/swordfish|the-token|YWRhOn/);
  registry.answers.set("/token", answer(401, {}, "swordfish"));
  expect(
    JSON.stringify(await refused({ credentials: credentialsOf({ file, named: "logins" }) })),
  ).not.toMatch(/swordfish|YWRhOn/);
  registry.answers.set("/token", answer(200, {}, "swordfish"));
  expect((await refused({ credentials: credentialsOf({ file, named: "logins" }) })).code).toBe(
    "registry-failed",
  );
  await writeFile(file, '{"auths": swordfish');
  const unreadable = await refused({ credentials: credentialsOf({ file, named: "logins" }) });
  expect(unreadable.code).toBe("bad-settings");
  expect(JSON.stringify(unreadable)).not.toContain("swordfish");
});

it("connects to no address inside, by whatever name a registry has it, unless its owner says private", async () => {
  const authority = testAuthority();
  const secure = await startTestRegistry(authority.issue(["registry.example"]));
  try {
    const lookup: AddressLookup = (_, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    const port = secure.name.split(":")[1];
    const name = `registry.example:${port}`;
    secure.put("acme/greet", "1", bytes);
    const at = (list: string[]) =>
      client({ rules: readRegistries(list, "registries"), lookup, ca: authority.ca }).pull(
        parseReference(`${name}/acme/greet:1`),
      );
    const { code, facts } = await refusalOf(at([name]));
    expect(code).toBe("registry-failed");
    expect(facts.remedy).toContain("private");
    expect(secure.asked).toEqual([]);
    expect((await at([name, "private"])).bytes).toEqual(bytes);
    // A certificate for another name is none.
    const wrong = client({
      rules: readRegistries([`other.example:${port}`, "private"], "registries"),
      lookup,
      ca: authority.ca,
    });
    expect((await refusalOf(wrong.pull(parseReference(`other.example:${port}/acme/greet:1`)))).code).toBe(
      "registry-failed",
    );
  } finally {
    await secure.close();
  }
});

it("sends its login to a server for tokens beside the registry, and to none elsewhere", async () => {
  const names = ["registry.acme.example", "auth.acme.example", "auth.evil.example"];
  const authority = testAuthority();
  const secure = await startTestRegistry(authority.issue(names));
  try {
    const lookup: AddressLookup = (_, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    const port = secure.name.split(":")[1];
    const [registryName, beside, elsewhere] = names.map((name) => `${name}:${port}`) as [
      string,
      string,
      string,
    ];
    const { manifestPath } = secure.put("acme/greet", "1", bytes);
    secure.answers.set("/token", answer(200, {}, '{"access_token":"the-token"}'));
    const send = secure.answers.get(manifestPath)!;
    const file = join(folder.path, "names.json");
    const auth = Buffer.from("ada:swordfish").toString("base64");
    await writeFile(file, JSON.stringify({ auths: { [`https://${registryName}/v2/`]: { auth } } }));
    for (const [realm, expected] of [
      [beside, ` Basic ${auth}`],
      [elsewhere, ""],
    ]) {
      secure.answers.set(manifestPath, (request, response) =>
        request.headers.authorization === "Bearer the-token"
          ? send(request, response)
          : response.writeHead(401, { "www-authenticate": `Bearer realm="https://${realm}/token"` }).end(),
      );
      const rules = readRegistries([registryName, "private"], "registries");
      const own = client({
        rules,
        lookup,
        ca: authority.ca,
        credentials: credentialsOf({ file, named: "logins" }),
      });
      expect((await own.pull(parseReference(`${registryName}/acme/greet:1`))).bytes).toEqual(bytes);
      expect(secure.asked.findLast((asked) => asked.includes("/token"))).toBe(
        `GET /token?scope=repository%3Aacme%2Fgreet%3Apull${expected}`,
      );
    }
    // An entry for a part of a registry is not for the rest.
    await writeFile(file, JSON.stringify({ auths: { [`${registryName}/others`]: { auth } } }));
    expect(await credentialsOf({ file, named: "logins" }).for(registryName)).toBeUndefined();
  } finally {
    await secure.close();
  }
});

it("tells a port where no registry is", async () => {
  const nobody = createServer().listen(0, "127.0.0.1");
  await once(nobody, "listening");
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  await once(nobody, "close");
  const rules = readRegistries([`http://127.0.0.1:${port}`], "registries");
  const { code, message } = await refusalOf(client({ rules }).pull(parseReference(`127.0.0.1:${port}/a:1`)));
  expect(code).toBe("registry-failed");
  expect(message).toContain("connection-refused");
});
