/**
 * Tokens that the owner gives to others: each with scopes, perhaps for some plugins only and for some time only,
 * revocable by itself.
 *
 * Only a token's SHA-256 is stored. A slow hash guards secrets that can be guessed; 32 random bytes can't be, and
 * there it would only let anybody who sends wrong tokens buy the host's time.
 */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { tokenBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import { watchStore } from "../store/given-store.ts";
import { type Store, type StoredEvent, type TokenRecord, unreadKind } from "../store/store.ts";
import { beginning } from "../text/cut.ts";
import { harmlessFault, harmlessLines } from "../text/harmless.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import { sha256 } from "./admin-token.ts";
import { expiryOf, type Lifetime } from "./expiry.ts";
import { checkPattern, PluginPatterns } from "./plugin-patterns.ts";
import { isScope, type Scope, scopes } from "./scopes.ts";

/** A token as those who manage them see it; the token itself is shown once, when it is made. */
export interface TokenSummary {
  readonly id: string;
  /** Name that its owner gave it; null for those that have none. */
  readonly name: string | null;
  readonly scopes: readonly string[];
  /** Names and patterns; null: all. */
  readonly plugins: readonly string[] | null;
  readonly createdAt: string;
  /** Null: never. */
  readonly expiresAt: string | null;
  /** Null: it is good. */
  readonly revokedAt: string | null;
  /** Sentence on why it is good for nothing at this host all the same; absent: nothing. */
  readonly damaged?: string;
}

export interface NewToken extends Lifetime {
  readonly name?: string;
  readonly scopes: readonly string[];
  /** The plugins it is good for, by name or pattern (see `PluginPatterns`); absent: all. */
  readonly plugins?: readonly string[];
}

/** Holder of a token: lives as long as requests that came with it, and learns of its end. */
export interface TokenHolder {
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** Undefined: all. */
  readonly plugins: PluginPatterns | undefined;
  /** Milliseconds since 1970, by the machine's clock, as all who read it would take it. */
  readonly expiresAt: number | undefined;
  /** Why it is good no more; undefined while it is. */
  readonly end: "revoked" | "expired" | undefined;
}

class Kept implements TokenHolder {
  readonly id: string;
  readonly hash: Buffer;
  scopes: readonly Scope[] = [];
  plugins: PluginPatterns | undefined;
  expiresAt: number | undefined;
  revoked = false;

  constructor(record: TokenRecord) {
    this.id = record.id;
    this.hash = Buffer.from(record.hash, "hex");
    this.read(record);
  }

  /** Takes over what is stored of it now. */
  read({ scopes: held, plugins, expiresAt, revokedAt }: TokenRecord): void {
    // One that a newer Hotcell gave means nothing here.
    this.scopes = held.filter(isScope);
    this.plugins = plugins && new PluginPatterns(plugins);
    this.expiresAt = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    // For good, whatever the store says later.
    this.revoked ||= revokedAt !== undefined;
  }

  get end(): "revoked" | "expired" | undefined {
    if (this.revoked) return "revoked";
    // Not "at or after": what can't be read as a time has passed.
    return this.expiresAt === undefined || Date.now() < this.expiresAt ? undefined : "expired";
  }
}

const events = { created: "token-created", revoked: "token-revoked" };
/** Beginning of the kinds of all events about tokens, those of newer Hotcells too. */
const ofTokens = "token-";

const sha256Bytes = 32;

/** The id is no secret: it finds the token, in the list and here. */
const format = /^hotcell_([0-9a-f]{12})_[\w-]{43}$/;

/** True for a text that is formed as the tokens are that hosts give to others, whether there is such a token or not. */
export function isIssuedToken(text: string): boolean {
  return format.test(text);
}

/** The tokens of a store, kept in memory and kept up with what every host does to them. */
export class IssuedTokens {
  readonly #store: Store;
  readonly #tokens = new Map<string, Kept>();
  readonly #unwatch: () => void;

  private constructor(store: Store) {
    this.#store = store;
    this.#unwatch = watchStore(store, (event) => this.#learn(event));
  }

  /** Throws what `Store.tokens` throws. */
  static async open(store: Store): Promise<IssuedTokens> {
    // Watched before it is read, so that nothing falls between.
    const tokens = new IssuedTokens(store);
    try {
      await tokens.#read();
      return tokens;
    } catch (error) {
      tokens.close();
      throw error;
    }
  }

  /** Who holds a token; one that has ended too. Compares in a time that tells nothing about the token. */
  find(presented: string): TokenHolder | undefined {
    const kept = this.#tokens.get(format.exec(presented)?.[1] ?? "");
    // A damaged hash has another length.
    if (kept?.hash.length !== sha256Bytes) return undefined;
    return timingSafeEqual(sha256(presented), kept.hash) ? kept : undefined;
  }

  /** Throws `bad-request` for scopes that don't exist or don't go together, and for names and times that are none. */
  async create(wanted: NewToken, who: string): Promise<TokenSummary & { token: string }> {
    const scopes = checkScopes(wanted.scopes, wanted.plugins);
    const plugins = wanted.plugins && checkPlugins(wanted.plugins);
    const name = wanted.name === undefined ? undefined : checkTokenName(wanted.name);
    const now = new Date();
    const expiresAt = expiryOf(wanted, now.getTime());
    const id = randomBytes(6).toString("hex");
    const token = `hotcell_${id}_${randomBytes(32).toString("base64url")}`;
    const createdAt = now.toISOString();
    const shown = {
      id,
      name: name ?? null,
      scopes,
      plugins: plugins ?? null,
      expiresAt: expiresAt ?? null,
    };
    await this.#store.addToken(
      { id, hash: sha256(token).toString("hex"), name, scopes, plugins, createdAt, expiresAt },
      { at: createdAt, kind: events.created, who, data: shown },
    );
    // Good from the moment it is known, here at once and on other hosts when they hear of it.
    await this.#read();
    return { ...shown, token, createdAt, revokedAt: null };
  }

  /** All tokens, those that have ended too, oldest first. */
  async list(): Promise<TokenSummary[]> {
    return (await this.#store.tokens()).map((record) => ({
      id: record.id,
      name: record.name ?? null,
      scopes: record.scopes,
      plugins: record.plugins ?? null,
      createdAt: record.createdAt,
      expiresAt: record.expiresAt ?? null,
      revokedAt: record.revokedAt ?? null,
      ...(record.damaged !== undefined && { damaged: record.damaged }),
    }));
  }

  /** Throws `token-not-found` if there is no such token, or it is revoked already. */
  async revoke(id: string, who: string): Promise<void> {
    const at = new Date().toISOString();
    if (await this.#store.revokeToken(id, { at, kind: events.revoked, who, data: { id } })) {
      this.#forget(id);
      return;
    }
    const subject = beginning(id, 100);
    throw new HotcellError("token-not-found", `There is no token ${subject} that could be revoked.`, {
      subject,
      remedy: "List them with hotcell token list or GET /tokens.",
    });
  }

  /** Ends what it watches. */
  close(): void {
    this.#unwatch();
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #learn({ kind, data, damaged }: StoredEvent): void {
    // Needs no read that could fail: a revoked token stays revoked whatever becomes of the store.
    if (kind === events.revoked && !damaged) this.#forget((data as { id: string }).id);
    else if (kind.startsWith(ofTokens) || kind === unreadKind) {
      this.#read().catch((error: unknown) =>
        console.error(harmlessLines(`A new token could not be read: ${harmlessFault(error)}`)),
      );
    }
  }

  async #read(): Promise<void> {
    for (const record of await this.#store.tokens()) {
      const known = this.#tokens.get(record.id);
      if (known) known.read(record);
      else this.#tokens.set(record.id, new Kept(record));
    }
  }

  #forget(id: string): void {
    const known = this.#tokens.get(id);
    if (known) known.revoked = true;
  }
}

function checkScopes(wanted: readonly string[], plugins: readonly string[] | undefined): Scope[] {
  const expected = scopes.join(", ");
  const remedy =
    'Send such as {"scopes":["deploy"],"plugins":["shop"]}; on the command line: hotcell token new --scope deploy --plugin shop.';
  const unknown = wanted.find((name) => !isScope(name));
  if (unknown !== undefined) {
    const name = beginning(unknown, 100);
    const near = nearest(name, scopes);
    throw new HotcellError("bad-request", `There is no scope ${JSON.stringify(name)}.`, {
      subject: "scopes",
      actual: name,
      expected,
      remedy: didYouMean(near) ?? remedy,
      ...(near.length > 0 && { extra: { near } }),
    });
  }
  if (wanted.length === 0) {
    throw new HotcellError("bad-request", "A token needs a scope.", { subject: "scopes", expected, remedy });
  }
  if (plugins?.length === 0) {
    throw new HotcellError("bad-request", "A token for no plugins is good for nothing.", {
      subject: "plugins",
      expected: "names of plugins; left out, it is good for all",
      remedy,
    });
  }
  if (plugins && wanted.includes("admin")) {
    throw new HotcellError("bad-request", "A token with the scope admin can't be limited to plugins.", {
      subject: "plugins",
      expected: "no plugins",
      remedy: "It could make itself an unlimited one. Give the other scopes instead.",
    });
  }
  return scopes.filter((scope) => wanted.includes(scope));
}

/** A token is asked about its plugins with every request. */
const maxPlugins = tokenBounds.plugins.value;

function checkPlugins(plugins: readonly string[]): string[] {
  for (const text of plugins) checkPattern(text);
  const { texts } = new PluginPatterns(plugins);
  if (texts.length <= maxPlugins) return [...texts];
  throw new HotcellError("bad-request", `A token can be limited to ${maxPlugins} plugins.`, {
    subject: "plugins",
    limit: maxPlugins,
    actual: texts.length,
    remedy: "Use a pattern, such as t42-*.",
  });
}

/** In lists, in terminals: one line, and nothing that moves the cursor. */
function checkTokenName(name: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100}$/u.test(name) && name.trim() === name) return name;
  throw new HotcellError("bad-request", `${JSON.stringify(beginning(name, 100))} can't be a token's name.`, {
    subject: "name",
    actual: beginning(name, 100),
    expected: "1 to 100 letters, digits, signs and spaces, without spaces at its ends",
    remedy: "Choose another name.",
  });
}
