/** Tokens and contracts of a store on NATS. */
import { HotcellError } from "../../errors.ts";
import type { Blobs } from "../../nats/blobs.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import { unknownIn } from "../../skew/known-form.ts";
import { isObject } from "../../text/json-value.ts";
import { MemoryContracts } from "../memory/memory-contracts.ts";
import { digestOf, tokenTaken } from "../refusals.ts";
import type { ContractRow, NewEventRow, TokenRow } from "../rows.ts";
import { type ChangeRules, NatsChanges } from "./nats-changes.ts";
import type { Places } from "./places.ts";

type TokenChange = { readonly add: TokenRow } | { readonly revoke: string; readonly at: string };

/** Contract with the digest of its bytes; none for a number that was removed. */
type KeptContract = Omit<ContractRow, "bytes"> & { readonly digest: string };

type ContractChange =
  | { readonly put: KeptContract }
  | { readonly remove: string; readonly version: number | undefined; readonly at: string };

export class NatsRecords {
  readonly #blobs: Blobs;
  readonly #tokens: NatsChanges<readonly TokenRow[], TokenChange>;
  readonly #contracts: NatsChanges<readonly KeptContract[], ContractChange>;
  /** Bytes of the contracts that were read last, by digest. */
  #bytes = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(link: NatsLink, places: Places, blobs: Blobs) {
    this.#blobs = blobs;
    this.#tokens = new NatsChanges(link, places, tokenRules);
    this.#contracts = new NatsChanges(link, places, contractRules);
  }

  tokens(): Promise<readonly TokenRow[]> {
    return this.#tokens.read();
  }

  async addToken(row: TokenRow, event: NewEventRow): Promise<void> {
    await this.#tokens.change({ add: row }, event);
  }

  revokeToken(id: string, event: NewEventRow): Promise<boolean> {
    return this.#tokens.change({ revoke: id, at: event.at }, event);
  }

  async contracts(): Promise<ContractRow[]> {
    const kept = await this.#contracts.read();
    const before = this.#bytes;
    this.#bytes = new Map();
    const rows: ContractRow[] = [];
    for (const { digest, ...row } of kept) {
      const known = before.get(digest) ?? this.#bytes.get(digest);
      const bytes = digest === "" ? new Uint8Array() : (known ?? (await this.#bytesOf(digest)));
      if (bytes === "unknown") {
        rows.push({ ...row, bytes: new Uint8Array(), unknown: "its content has a later form" });
        continue;
      }
      if (bytes && digest !== "") this.#bytes.set(digest, bytes);
      rows.push({ ...row, bytes: bytes?.slice() ?? new Uint8Array() });
    }
    return rows;
  }

  /** `unknown` where a newer Hotcell has stored them in a way that is not known. */
  async #bytesOf(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined | "unknown"> {
    return this.#blobs.bytes(digest).catch((error: unknown) => {
      if (error instanceof HotcellError && error.code === "store-too-new") return "unknown";
      throw error;
    });
  }

  async putContract({ bytes, ...row }: ContractRow, event: NewEventRow): Promise<void> {
    const digest = digestOf(bytes);
    const facts = { kind: "other", about: "null", parts: [], whole: bytes.length } as const;
    await this.#contracts.change({ put: { ...row, digest } }, event, async (last) => {
      const pin = { subject: this.#contracts.subject, last, at: Date.now() };
      if (!(await this.#blobs.pin(digest, pin))) await this.#blobs.put(digest, bytes, facts, pin);
    });
  }

  removeContract(name: string, version: number | undefined, event: NewEventRow): Promise<boolean> {
    return this.#contracts.change({ remove: name, version, at: event.at }, event);
  }

  /** Blobs that contracts have, and the number up to which that is so. */
  async references(): Promise<{
    readonly subject: string;
    readonly last: number;
    readonly digests: string[];
    /** Clause on what of that is not known. */
    readonly unknown: string | undefined;
  }> {
    const { state, seq, unknown } = await this.#contracts.now();
    const digests = state.map(({ digest }) => digest);
    return { subject: this.#contracts.subject, last: seq, digests, unknown };
  }

  /** Removes what nothing names any more, and is older than this, in milliseconds. */
  async sweep(age: number): Promise<void> {
    await this.#tokens.sweep(age);
    await this.#contracts.sweep(age);
  }

  /** Forgets the changes whose events have numbers below `first`. */
  async forget(first: number): Promise<void> {
    await this.#tokens.forget(first);
    await this.#contracts.forget(first);
  }
}

const tokenRules: ChangeRules<readonly TokenRow[], TokenChange> = {
  ...{ of: "tokens", empty: [], apply: afterToken },
  unknown: (change) =>
    unknownIn(change, { form: 1, members: isObject(change) && "add" in change ? ["add"] : ["revoke", "at"] }),
  // It may have taken something from each, unless it says of which.
  doubt: (tokens, change, unknown) => {
    const only = isObject(change) && typeof change.id === "string" ? change.id : undefined;
    return tokens.map((token) => (only === undefined || token.id === only ? { ...token, unknown } : token));
  },
  // A new one is nobody else's, and one that is revoked is good for nothing whatever else became of it.
  isSafe: () => true,
};

const contractRules: ChangeRules<readonly KeptContract[], ContractChange> = {
  ...{ of: "contracts", empty: [], apply: afterContract },
  unknown: (change) =>
    unknownIn(change, {
      form: 1,
      members: isObject(change) && "put" in change ? ["put"] : ["remove", "version", "at"],
    }),
  // Numbers of those that were removed are not given again, whatever became of the others.
  doubt: (contracts, _, unknown) =>
    contracts.map((contract) => (contract.digest === "" ? contract : { ...contract, unknown })),
  isSafe: () => false,
};

function afterToken(tokens: readonly TokenRow[], change: TokenChange): readonly TokenRow[] | undefined {
  if ("add" in change) {
    const { id, hash } = change.add;
    if (tokens.some((token) => token.id === id || token.hash === hash)) throw tokenTaken(id);
    return [...tokens, change.add];
  }
  const { revoke, at } = change;
  if (!tokens.some(({ id, revokedAt }) => id === revoke && revokedAt === null)) return undefined;
  return tokens.map((token) => (token.id === revoke ? { ...token, revokedAt: at } : token));
}

/** The digest stands for the bytes in the rules that all stores have. */
function afterContract(
  kept: readonly KeptContract[],
  change: ContractChange,
): readonly KeptContract[] | undefined {
  const rows = new MemoryContracts(kept.map(rowOf));
  if ("put" in change) rows.put(rowOf(change.put));
  else if (!rows.remove(change.remove, change.version, change.at)) return undefined;
  return rows.all().map(({ bytes, ...row }) => ({ ...row, digest: Buffer.from(bytes).toString() }));
}

function rowOf({ digest, ...row }: KeptContract): ContractRow {
  return { ...row, bytes: new Uint8Array(Buffer.from(digest)) };
}
