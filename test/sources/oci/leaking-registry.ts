/** A registry that says what it was sent wherever it can, and the login that it is sent. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RegistryHandler, startTestRegistry, type TestRegistry } from "./test-registry.ts";

/** Password for it, and the login as it is sent. */
const registryPassword = "Yq7Wm3Kz9Xt5Rb2LpNd8";
const login = Buffer.from(`ada:${registryPassword}`).toString("base64");
export const registrySecrets: readonly string[] = [registryPassword, login];

export interface LeakingRegistry extends TestRegistry {
  /** File of logins for it. */
  readonly registryAuth: string;
  /** References, each of which it leaks at in another way. */
  readonly references: readonly string[];
}

const secret = registryPassword;
const leaks: Readonly<Record<string, RegistryHandler>> = {
  denied: (_, response) =>
    response.writeHead(403).end(JSON.stringify({ errors: [{ code: secret, message: login }] })),
  failed: (_, response) => response.writeHead(400, secret, { "x-said": login }).end(secret),
  type: (_, response) => response.writeHead(200, { "content-type": `text/${secret}` }).end(login),
  coded: (_, response) => response.writeHead(200, { "content-encoding": secret }).end(),
  elsewhere: (_, response) => response.writeHead(307, { location: `http://${secret}/${login}` }).end(),
  config: (_, response) =>
    response.writeHead(200, { "content-type": "application/vnd.oci.image.manifest.v1+json" }).end(
      JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: secret, digest: `sha256:${"0".repeat(64)}`, size: 1 },
        layers: [],
      }),
    ),
};

export async function startLeakingRegistry(folder: string): Promise<LeakingRegistry> {
  const registry = await startTestRegistry();
  const registryAuth = join(folder, "registries.json");
  await writeFile(registryAuth, JSON.stringify({ auths: { [registry.name]: { auth: login } } }));
  for (const [tag, leak] of Object.entries(leaks)) {
    registry.answers.set(`/v2/acme/p/manifests/${tag}`, (request, response) => {
      const { authorization } = request.headers;
      if (authorization === undefined)
        response.writeHead(401, { "www-authenticate": `Basic realm="${secret}"` }).end();
      else leak(request, response);
    });
  }
  const references = Object.keys(leaks).map((tag) => `${registry.name}/acme/p:${tag}`);
  return { ...registry, registryAuth, references };
}
