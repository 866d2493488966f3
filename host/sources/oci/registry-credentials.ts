/** Credentials for registries, from a file as `docker login` writes it: read when they are needed, so that who changes it need not start anew. */
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { Secret } from "../../capabilities/secret.ts";
import { HotcellError } from "../../errors.ts";

/** Login for a registry: a name and password, or an identity token, which is good at its server for tokens alone. */
export interface RegistryLogin {
  /** `name:password` in base64, as it goes into `Authorization: Basic`; undefined where there is an identity token. */
  readonly basic?: Secret;
  /** Token that `docker login` got in place of a password: a refresh token of OAuth 2 (RFC 6749, section 6). */
  readonly identity?: Secret;
  /** Texts that must not be told. */
  readonly secrets: readonly Secret[];
}

export interface RegistryCredentials {
  /** Login for a registry by its name; undefined where there is none. Throws `bad-settings` where the file can't be read. */
  for(registry: string): Promise<RegistryLogin | undefined>;
}

export const noCredentials: RegistryCredentials = { for: async () => undefined };

const schema = v.object({
  auths: v.optional(
    v.record(
      v.string(),
      v.object({
        auth: v.optional(v.string()),
        username: v.optional(v.string()),
        password: v.optional(v.string()),
        identitytoken: v.optional(v.string()),
      }),
    ),
  ),
});

/** Names by which Docker's own registry stands in such files. */
const dockerNames = ["index.docker.io", "registry-1.docker.io"];

export interface CredentialsFile {
  readonly file: string;
  /** Name by which errors call it: those who get them may not know where a host keeps its files. */
  readonly named: string;
  /** True where there may be none. */
  readonly optional?: boolean;
}

/** Credentials of a file. */
export function credentialsOf(from: CredentialsFile): RegistryCredentials {
  return {
    async for(registry) {
      const text = await readText(from);
      if (text === undefined) return undefined;
      for (const [name, { auth, username, password, identitytoken }] of Object.entries(parsed(from, text))) {
        if (nameOfEntry(name) !== registry) continue;
        if (identitytoken) return identified(identitytoken);
        const pair = auth
          ? Buffer.from(auth, "base64").toString()
          : username && `${username}:${password ?? ""}`;
        if (pair?.includes(":")) return login(pair);
      }
      return undefined;
    },
  };
}

function identified(token: string): RegistryLogin {
  const identity = new Secret(token);
  return { identity, secrets: [identity, new Secret(encodeURIComponent(token))] };
}

function login(pair: string): RegistryLogin {
  const basic = Buffer.from(pair).toString("base64");
  const password = pair.slice(pair.indexOf(":") + 1);
  return { basic: new Secret(basic), secrets: [new Secret(basic), new Secret(pair), new Secret(password)] };
}

/**
 * Registry that an entry is for: `https://index.docker.io/v1/` and `docker.io` are the same. Undefined for one of a part of a registry, as other
 * programs have them: it is not for the rest.
 */
function nameOfEntry(name: string): string | undefined {
  const [, host = "", path = ""] = /^(?:https?:\/\/)?([^/]*)\/?(.*)$/is.exec(name) ?? [];
  if (!/^(?:v[12]\/?)?$/.test(path)) return undefined;
  const bare = host.toLowerCase();
  return dockerNames.includes(bare) ? "docker.io" : bare;
}

async function readText({ file, named, optional }: CredentialsFile): Promise<string | undefined> {
  try {
    const bytes = await readFile(file);
    if (bytes.length <= ociBounds.credentials.value) return bytes.toString();
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (optional && code === "ENOENT") return undefined;
    throw unusable(named, `it can't be read (${code})`, cause);
  }
  throw unusable(named, `it is larger than ${ociBounds.credentials.value} bytes`);
}

/** Entries of a text, of which no part is told where it is none: it has secrets. */
function parsed(
  { named }: CredentialsFile,
  text: string,
): NonNullable<v.InferOutput<typeof schema>["auths"]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Told below.
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output.auths ?? {};
  throw unusable(named, "it is none as docker login writes it");
}

function unusable(named: string, why: string, cause?: unknown): HotcellError {
  return new HotcellError(
    "bad-settings",
    `The file with logins for registries (${named}) can't be used: ${why}.`,
    {
      subject: named,
      expected: '{"auths":{"ghcr.io":{"auth":"…"}}}, the base64 of name:password in it',
      remedy:
        "Write it by docker login, or by hand, and name it by HOTCELL_REGISTRY_AUTH; helpers of Docker's are not asked.",
      cause,
    },
  );
}
