/** Session with a registry about one repository: logged in where it asks for that, tried again where it fails, within one deadline. */
import { setTimeout as wait } from "node:timers/promises";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import type { Secret } from "../../capabilities/secret.ts";
import { HotcellError, rebuilt } from "../../errors.ts";
import { wholeSeconds } from "../../platform/whole-seconds.ts";
import { Scrubber } from "../../text/scrubber.ts";
import { parseChallenges } from "./auth-challenge.ts";
import type { OciReference } from "./oci-reference.ts";
import { PassingFailure, passes, passingFailure } from "./passing-failure.ts";
import { registryFailed, registryTimeout, specCode } from "./registry-errors.ts";
import type { RegistryRules } from "./registry-rules.ts";
import type { RegistryTokens, WantedAccess } from "./registry-tokens.ts";
import type {
  RegistryAnswer,
  RegistryRequest,
  RegistryTimes,
  RegistryTransport,
} from "./registry-transport.ts";

export interface SessionMeans {
  readonly rules: RegistryRules;
  readonly transport: RegistryTransport;
  readonly tokens: RegistryTokens;
  readonly times: RegistryTimes;
}

const redirecting = new Set([301, 302, 303, 307, 308]);

export class RegistrySession {
  readonly #means: SessionMeans;
  readonly #wanted: WantedAccess;
  readonly #base: string;
  readonly #signal: AbortSignal;
  readonly #deadline: AbortSignal;
  readonly #secrets: Secret[] = [];
  #authorization: Secret | undefined;

  private constructor(
    means: SessionMeans,
    { registry, repository }: OciReference,
    actions: string,
    signal?: AbortSignal,
  ) {
    const origin = means.rules.originOf(registry);
    this.#means = means;
    this.#wanted = { registry, origin, scope: `repository:${repository}:${actions}` };
    this.#base = `${origin}/v2/${repository}/`;
    this.#deadline = AbortSignal.timeout(means.times.time);
    this.#signal = AbortSignal.any([this.#deadline, means.transport.closing, ...(signal ? [signal] : [])]);
    this.#authorization = means.tokens.kept(this.#wanted);
    if (this.#authorization) this.#secrets.push(this.#authorization);
  }

  /** Does some work in a session. Throws what that throws, as errors of the catalogue in which no secret is. */
  static async run<T>(
    means: SessionMeans,
    reference: OciReference,
    actions: "pull" | "pull,push",
    signal: AbortSignal | undefined,
    work: (session: RegistrySession) => Promise<T>,
  ): Promise<T> {
    means.rules.require(reference);
    const session = new RegistrySession(means, reference, actions, signal);
    try {
      return await work(session);
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      throw session.#told(thrown);
    }
  }

  /** URL of a path of the repository, such as `manifests/1.0`. */
  url(path: string): URL {
    return new URL(this.#base + path);
  }

  /** Work that is begun anew where it fails in passing. */
  async retried<T>(work: () => Promise<T>): Promise<T> {
    const { backoff, time } = this.#means.times;
    for (let tried = 1; ; tried++) {
      try {
        return await work();
      } catch (thrown) {
        if (!(thrown instanceof PassingFailure) || tried === ociBounds.tries.value) throw thrown;
        const pause = backoff * 2 ** (tried - 1) * (0.5 + Math.random() / 2);
        const asked = Math.max(pause, thrown.wait ?? 0);
        // Whoever is told to come back later than anybody waits here is told so.
        if (asked > time / 2) throw thrown;
        await wait(asked, undefined, { signal: this.#signal });
      }
    }
  }

  /**
   * Answer with one of these statuses; redirects are followed where something is read, without the login but to the registry itself.
   * Throws `PassingFailure`, `registry-denied` and `registry-failed`; `undefined` is the answer for what is not there.
   */
  async ask(
    url: URL,
    request: RegistryRequest,
    good: readonly number[],
  ): Promise<RegistryAnswer | undefined> {
    let at = url;
    const follows = request.method === "GET" || request.method === "HEAD";
    for (let hops = 0; hops <= ociBounds.redirects.value; hops++) {
      const answer = await this.#send(at, request);
      if (good.includes(answer.status)) return answer;
      if (!follows || !redirecting.has(answer.status))
        return this.#refused(answer, at.origin === this.#wanted.origin);
      answer.drop();
      at = this.locationOf(answer);
    }
    throw registryFailed(url.host, `it redirects more than ${ociBounds.redirects.value} times`);
  }

  /** Place that an answer names. Throws `registry-failed` where that is none. */
  locationOf(answer: RegistryAnswer): URL {
    const location = URL.parse(answer.field("location") ?? "", answer.url);
    if (!location || !/^https?:$/.test(location.protocol))
      throw registryFailed(answer.url.host, "it redirects to nowhere");
    location.hash = "";
    return location;
  }

  async #send(url: URL, request: RegistryRequest): Promise<RegistryAnswer> {
    const own = url.origin === this.#wanted.origin;
    const { tokens } = this.#means;
    const answer = await this.#sendOnce(url, request, own);
    if (!own || answer.status !== 401) return answer;
    const challenges = parseChallenges(answer.field("www-authenticate") ?? "");
    answer.drop();
    tokens.forget(this.#wanted);
    this.#authorization = await tokens.answer(this.#wanted, challenges, this.#signal, (secrets) => {
      this.#secrets.push(...secrets);
    });
    return this.#sendOnce(url, request, own);
  }

  #sendOnce(url: URL, request: RegistryRequest, own: boolean): Promise<RegistryAnswer> {
    const authorization = own ? this.#authorization?.reveal() : undefined;
    const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
    return this.#means.transport.send(this.#wanted.origin, url, { ...request, headers }, this.#signal);
  }

  /** Throws for an answer that is none of those that are good; gives undefined for what is not there. */
  async #refused(answer: RegistryAnswer, own: boolean): Promise<undefined> {
    const { status, url } = answer;
    if (passes(answer)) throw passingFailure(answer, `${url.host} answered ${status}`);
    if (status === 404) {
      answer.drop();
      return undefined;
    }
    const code = await answer.bytes(ociBounds.answer.value).then(specCode, () => undefined);
    const said = `${status}${code === undefined ? "" : `, ${code}`}`;
    if (own && (status === 401 || status === 403))
      throw this.#means.tokens.denied(
        this.#wanted,
        `there is no such thing there, or none for who asks (${said})`,
      );
    throw registryFailed(url.host, `it answered ${said}`);
  }

  #told(thrown: unknown): unknown {
    const { registry } = this.#wanted;
    const { times, transport } = this.#means;
    const { time } = times;
    if (transport.closing.aborted) return transport.closing.reason;
    if (this.#deadline.aborted)
      return registryTimeout(registry, `it was not done within ${time / 1000} s`, time);
    const error = thrown instanceof PassingFailure ? this.#lastFailure(thrown) : thrown;
    if (!(error instanceof HotcellError) || this.#secrets.length === 0) return error;
    // What came from the registry may say what it was sent.
    const secrets = this.#secrets.map((secret) => secret.reveal().replace(/^(?:Basic|Bearer) /, ""));
    const scrubber = new Scrubber(secrets);
    const facts = Object.fromEntries(
      Object.entries(error.facts).map(([name, fact]) => [
        name,
        typeof fact === "string" ? scrubber.scrub(fact) : fact,
      ]),
    );
    return rebuilt(error, scrubber.scrub(error.message), facts);
  }

  #lastFailure({ message, kind, wait: asked }: PassingFailure): HotcellError {
    const { registry } = this.#wanted;
    const { time } = this.#means.times;
    if (kind === "slow") return registryTimeout(registry, message, time);
    if (kind === "failed") return registryFailed(registry, message);
    return new HotcellError("registry-busy", `The registry ${registry} has too much to do: ${message}.`, {
      subject: registry,
      remedy: "Try again later.",
      ...(asked !== undefined && { retryAfter: Math.min(wholeSeconds(asked), 86_400) }),
    });
  }
}
