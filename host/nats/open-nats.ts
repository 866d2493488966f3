/** Opening of a connection to NATS, and of the streams that a store is made of there. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { StreamConfig } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import { HotcellError } from "../errors.ts";
import { logConnection } from "./connection-log.ts";
import { type NatsAddress, shownAddress } from "./nats-address.ts";
import { isMissingStream, noJetStream } from "./nats-failure.ts";
import { NatsLink } from "./nats-link.ts";

export interface NatsConnecting {
  /** Credentials file, as `nsc` and NATS's own tools write it. */
  readonly credentials?: string;
  /** File of certificates that servers are trusted by, besides the machine's. */
  readonly ca?: string;
  /** Milliseconds for which an operation is tried before it fails. */
  readonly patience: number;
}

/** Oldest server whose consumers and messages are what a store needs. */
const oldest = [2, 9] as const;
/** In a millisecond. */
const nanoseconds = 1e6;
/** Milliseconds. */
const connectTime = 5000;
/** Messages of a subject that are kept where only the newest counts. */
const newestKept = 64;

/** Connection as the client has it. Throws `store-unavailable` where no server answers, or it refuses us; `bad-settings` for files. */
export async function connectNats(
  address: NatsAddress,
  { credentials, ca }: Omit<NatsConnecting, "patience">,
): Promise<NatsConnection> {
  const where = shownAddress(address);
  const { connect, credsAuthenticator } = await import("@nats-io/transport-node");
  const { user, password, token } = address.login;
  const options: ConnectionOptions = {
    servers: [...address.servers],
    name: "hotcell",
    timeout: connectTime,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 50,
    reconnectJitterTLS: 100,
    ignoreAuthErrorAbort: true,
    pingInterval: 5000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(address.tls && { tls: ca === undefined ? {} : { ca: (await contentOf(ca, "ca")).toString() } }),
    ...(user !== undefined && { user, pass: password?.() ?? "" }),
    ...(token && { token: token() }),
    ...(credentials !== undefined && {
      authenticator: credsAuthenticator(await newestOf(credentials)),
    }),
  };
  return connect(options).catch((cause: unknown) => {
    throw new HotcellError(
      "store-unavailable",
      `No NATS server of ${where} can be used: ${messageOf(cause)}.`,
      {
        subject: where,
        remedy:
          "Start it, or set HOTCELL_STORE to where it is, with the user, token or credentials that it wants.",
        cause,
      },
    );
  });
}

/** Throws what `connectNats` throws, and `store-unavailable` where the server is too old or has no JetStream. */
export async function openNats(address: NatsAddress, connecting: NatsConnecting): Promise<NatsLink> {
  const where = shownAddress(address);
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const { patience } = connecting;
  const nc = await connectNats(address, connecting);
  try {
    const version = nc.info?.version ?? "0";
    if (isOlder(version))
      throw new HotcellError(
        "store-unavailable",
        `The NATS server of ${where} is ${version}, which is too old.`,
        {
          ...{ subject: where, actual: version, expected: `${oldest.join(".")} or later` },
          remedy: "Upgrade nats-server.",
        },
      );
    const js = jetstream(nc, { timeout: connectTime });
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 2000 });
    const link = new NatsLink(nc, { js, jsm }, { where, patience });
    await link.attempt(async () => {
      await jsm.getAccountInfo().catch((error: unknown) => {
        if (/not enabled/.test(messageOf(error))) throw noJetStream(where, error);
        throw error;
      });
    });
    void logConnection(nc, where);
    return link;
  } catch (error) {
    await nc.close();
    throw error;
  }
}

export interface NatsStream {
  readonly name: string;
  readonly subjects: readonly string[];
  /** Purpose, which its description says with the number of its format. */
  readonly what: string;
  readonly format: number;
  /** Only the newest messages of each subject: those that count among as many as hosts can publish at once. */
  readonly newestOnly: boolean;
  /** Milliseconds for which a message is kept; for ever where it is absent. */
  readonly keptTime?: number;
  /** Copies; undefined: as many as it has, one for a new one. */
  readonly replicas: number | undefined;
}

/** Settings of a stream that is there. Throws `store-too-new`, and `bad-settings` where the name is somebody else's. */
export async function foundStream(
  link: NatsLink,
  { name, what, format }: Pick<NatsStream, "name" | "what" | "format">,
): Promise<StreamConfig | undefined> {
  const found = await link.attempt(() =>
    link.manager.streams.info(name).catch((error: unknown) => {
      if (isMissingStream(error)) return undefined;
      throw error;
    }),
  );
  if (!found) return undefined;
  const { description = "" } = found.config;
  const actual = formatIn(description, what);
  if (actual === undefined) throw notOurs(name, description);
  if (actual > format) throw tooNew(name, what, actual, format);
  return found.config;
}

/** Makes a stream where there is none. Throws what `foundStream` throws. */
export async function openStream(link: NatsLink, stream: NatsStream): Promise<void> {
  const { name, what, format, replicas, keptTime } = stream;
  const { streams } = link.manager;
  const found = await foundStream(link, stream);
  if (!found) {
    const config: Partial<StreamConfig> & Pick<StreamConfig, "name"> = {
      name,
      subjects: [...stream.subjects],
      description: `${what}, format ${format}`,
      retention: "limits",
      storage: "file",
      // Never throws away by itself what was acknowledged.
      discard: "new",
      // Reads go to the leader: they see own writes.
      allow_direct: false,
      num_replicas: replicas ?? 1,
      ...(keptTime !== undefined && { max_age: keptTime * nanoseconds }),
      ...(stream.newestOnly && { max_msgs_per_subject: newestKept }),
    };
    await link.attempt(() => streams.add(config));
    return;
  }
  const { num_replicas, max_msgs_per_subject, max_age } = found;
  const kept = stream.newestOnly ? newestKept : max_msgs_per_subject;
  const age = keptTime === undefined ? max_age : keptTime * nanoseconds;
  const isOther = (replicas ?? num_replicas) !== num_replicas || kept !== max_msgs_per_subject;
  if (!isOther && age === max_age) return;
  const changed = { num_replicas: replicas ?? num_replicas, max_msgs_per_subject: kept, max_age: age };
  await link.attempt(() => streams.update(name, changed));
}

/** Milliseconds between looks at the formats of streams. */
const lookEvery = 5_000;

/**
 * Looks now and then whether a newer Hotcell has given a stream a later format: then hosts that do not know that do nothing there any more.
 * Gives what ends it.
 */
export function watchFormats(link: NatsLink, streams: readonly NatsStream[]): () => void {
  const look = async () => {
    for (const { name, what, format } of streams) {
      const { config } = await link.attempt(() => link.manager.streams.info(name));
      const actual = formatIn(config.description ?? "", what) ?? format;
      if (actual <= format) continue;
      link.newer.note(`the stream ${name}`, `it has format ${actual}, and this Hotcell knows ${format}`);
      link.newer.refusal = tooNew(name, what, actual, format);
    }
  };
  // Where NATS does not answer, whoever needs it is told.
  const timer = setInterval(() => void look().catch(() => {}), lookEvery).unref();
  return () => clearInterval(timer);
}

function formatIn(description: string, what: string): number | undefined {
  const [, actual] = new RegExp(`^${what}, format (\\d+)$`).exec(description) ?? [];
  return actual === undefined ? undefined : Number(actual);
}

function notOurs(name: string, description: string): HotcellError {
  return new HotcellError("bad-settings", `The stream ${name} on NATS is no store of Hotcell.`, {
    ...{ subject: name, actual: description },
    remedy: "Name another store: the part after the last slash of HOTCELL_STORE.",
  });
}

function tooNew(name: string, what: string, actual: number, format: number): HotcellError {
  return new HotcellError(
    "store-too-new",
    `The stream ${name} has format ${actual} of a ${what}; this Hotcell knows ${format}.`,
    {
      ...{ subject: name, actual, expected: `format ${format}` },
      remedy: "Use the Hotcell that wrote it, or a later one.",
    },
  );
}

/** Credentials as the file has them whenever a connection is made: it may be renewed while a host runs. A closure, so that they print nowhere. */
async function newestOf(file: string): Promise<() => Uint8Array> {
  let newest = await contentOf(file, "credentials");
  if (!hasCredentials(newest))
    throw new HotcellError("bad-settings", `The file ${file} is no credentials file of NATS.`, {
      subject: file,
      expected: "a JWT of a user, and the seed of its key, as nsc writes them",
      remedy: "Make one: nsc generate creds --account ACCOUNT --name USER.",
    });
  return () => {
    try {
      const now = readFileSync(file);
      if (hasCredentials(now)) newest = now;
    } catch {
      // Gone, or about to be written: the ones before may still be good.
    }
    return newest;
  };
}

function hasCredentials(content: Uint8Array): boolean {
  const blocks = Buffer.from(content)
    .toString()
    .match(/-{3,}\s*BEGIN[^\n]*-{3,}\s*\n\s*\S+\s*\n\s*-{3,}\s*END[^\n]*-{3,}/g);
  return blocks?.length === 2;
}

async function contentOf(file: string, option: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new HotcellError("bad-settings", `The file ${file} can't be read: ${messageOf(cause)}.`, {
      subject: file,
      remedy: `Make it readable for this user, or name another one (${option}).`,
      cause,
    });
  });
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
