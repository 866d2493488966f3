/** Tokens of registries (the Docker registry's token specification, which the OCI one refers to), and who is told which credentials. */
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { Secret } from "../../capabilities/secret.ts";
import { HotcellError } from "../../errors.ts";
import type { AuthChallenge } from "./auth-challenge.ts";
import { addressOf } from "./oci-reference.ts";
import { passes, passingFailure } from "./passing-failure.ts";
import type { RegistryCredentials, RegistryLogin } from "./registry-credentials.ts";
import { registryFailed } from "./registry-errors.ts";
import type { RegistryRequest, RegistryTransport } from "./registry-transport.ts";

interface KeptToken {
  readonly authorization: Secret;
  /** Time at which it ends, in milliseconds since the process began. */
  readonly until: number;
}

/** Seconds that a token holds where nobody says how long. */
const usualTime = 60;

export interface TokenMeans {
  readonly transport: RegistryTransport;
  readonly credentials: RegistryCredentials;
  /** Words on where credentials are put, for who lacks them. */
  readonly loginHint: string;
}

/** Access that is asked for. */
export interface WantedAccess {
  readonly registry: string;
  readonly origin: string;
  /** `repository:ns/name:pull`. */
  readonly scope: string;
}

export class RegistryTokens {
  readonly #means: TokenMeans;
  readonly #kept = new Map<string, KeptToken>();

  constructor(means: TokenMeans) {
    this.#means = means;
  }

  /** Value of `Authorization` that is known to be good still. */
  kept({ origin, scope }: WantedAccess): Secret | undefined {
    const found = this.#kept.get(`${origin} ${scope}`);
    return found && found.until > performance.now() ? found.authorization : undefined;
  }

  forget({ origin, scope }: WantedAccess): void {
    this.#kept.delete(`${origin} ${scope}`);
  }

  /**
   * Value of `Authorization` by what a registry asks for. `told`: takes note of secrets that go out. Throws `registry-denied` where nobody
   * has what it asks for.
   */
  async answer(
    wanted: WantedAccess,
    challenges: readonly AuthChallenge[],
    signal: AbortSignal,
    told: (secrets: readonly Secret[]) => void,
  ): Promise<Secret> {
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer) return this.#token(wanted, bearer, signal, told);
    const basic = challenges.some(({ scheme }) => scheme === "basic");
    const login = basic ? await this.#means.credentials.for(wanted.registry) : undefined;
    if (!login?.basic)
      throw this.denied(
        wanted,
        basic ? "it wants a name and a password" : "it wants a way to log in that Hotcell does not know",
      );
    told(login.secrets);
    return new Secret(`Basic ${login.basic.reveal()}`);
  }

  denied({ registry, scope }: WantedAccess, why: string): HotcellError {
    return new HotcellError("registry-denied", `The registry ${registry} refuses access: ${why}.`, {
      subject: registry,
      expected: scope,
      remedy: this.#means.loginHint,
    });
  }

  async #token(
    wanted: WantedAccess,
    { parameters }: AuthChallenge,
    signal: AbortSignal,
    told: (secrets: readonly Secret[]) => void,
  ): Promise<Secret> {
    const { transport } = this.#means;
    const realm = URL.parse(parameters.get("realm") ?? "");
    if (!realm || !/^https?:$/.test(realm.protocol))
      throw registryFailed(wanted.registry, "it names no server for tokens");
    realm.hash = "";
    const login = await this.#loginFor(wanted, realm);
    if (login) told(login.secrets);
    // Redirects are not followed: nobody but the one that is named gets what is sent here.
    const request = tokenRequest(realm, { service: parameters.get("service"), scope: wanted.scope }, login);
    const answer = await transport.send(wanted.origin, realm, request, signal);
    const { status } = answer;
    if (passes(answer))
      throw passingFailure(answer, `${realm.host} answered ${status} when it was asked for a token`);
    if (status !== 200) {
      answer.drop();
      if (status >= 500) throw registryFailed(wanted.registry, `its server for tokens answered ${status}`);
      const whose = login
        ? login.identity
          ? "the identity token"
          : "the name and password"
        : "whoever has no name and password";
      throw this.denied(wanted, `its server for tokens, ${realm.host}, refuses ${whose} (${status})`);
    }
    const { token, seconds } = tokenIn(await answer.bytes(ociBounds.answer.value), realm);
    told([token]);
    const authorization = new Secret(`Bearer ${token.reveal()}`);
    this.#keep(wanted, { authorization, until: performance.now() + seconds * 1000 });
    return authorization;
  }

  /**
   * Login that the server for tokens may be told: the registry's, where that is at the same host, above it or beside it, as
   * auth.docker.io is to registry-1.docker.io. Elsewhere none, not even one for that very host: what it gave for that would go to the registry.
   */
  async #loginFor({ registry, origin }: WantedAccess, realm: URL): Promise<RegistryLogin | undefined> {
    const near = realm.protocol === "https:" && related(addressOf(registry), realm.hostname);
    return near || realm.origin === origin ? this.#means.credentials.for(registry) : undefined;
  }

  #keep({ origin, scope }: WantedAccess, token: KeptToken): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= ociBounds.tokens.value && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(`${origin} ${scope}`, token);
  }
}

/** Test for hosts by names that stand above, below or beside one another, with at least two labels in common. Addresses are related to nothing. */
function related(registry: string, realm: string): boolean {
  const [own, other] = [registry.replace(/:\d+$/, ""), realm].map((name) => name.toLowerCase());
  if (/^[\d.]+$|[:[]/.test(own!) || /^[\d.]+$|[:[]/.test(other!)) return false;
  if (own === other) return true;
  const above = own!.slice(own!.indexOf(".") + 1);
  return above.includes(".") && (other === above || other!.endsWith(`.${above}`));
}

/** Request for a token, of which what is asked for goes into the URL, or with an identity token into a form, as OAuth 2 has it. */
function tokenRequest(
  realm: URL,
  { service, scope }: { readonly service: string | undefined; readonly scope: string },
  login: RegistryLogin | undefined,
): RegistryRequest {
  const asked = { ...(service !== undefined && { service }), scope };
  if (!login?.identity) {
    for (const [name, value] of Object.entries(asked)) realm.searchParams.set(name, value);
    const basic = login?.basic?.reveal();
    return { method: "GET", headers: basic === undefined ? {} : { authorization: `Basic ${basic}` } };
  }
  const form = new URLSearchParams({
    ...{ grant_type: "refresh_token", client_id: "hotcell", ...asked },
    refresh_token: login.identity.reveal(),
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", headers, body: Buffer.from(form.toString()) };
}

function tokenIn(body: Uint8Array, realm: URL): { readonly token: Secret; readonly seconds: number } {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString());
  } catch {
    // Told below.
  }
  const { token, access_token, expires_in } = (json ?? {}) as Record<string, unknown>;
  const text = typeof token === "string" && token !== "" ? token : access_token;
  if (typeof text !== "string" || !/^[\x21-\x7e]{1,16384}$/.test(text))
    throw registryFailed(realm.host, "what it answered is no token");
  const seconds = typeof expires_in === "number" && expires_in > 0 ? Math.min(expires_in, 3600) : usualTime;
  return { token: new Secret(text), seconds };
}
