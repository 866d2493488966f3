/** Address of a store on NATS: its servers, the name of the store on them, and who asks. */
import { HotcellError } from "../errors.ts";

export interface NatsAddress {
  /** Each `host:port`. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  /** Name of the store: several installations share one NATS. */
  readonly name: string;
  readonly login: NatsLogin;
}

/** User and password, or a token. The secrets are closures, so that they print nowhere. */
interface NatsLogin {
  readonly user?: string;
  readonly password?: () => string;
  readonly token?: () => string;
}

const form = "nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT][,HOST[:PORT]…][/NAME], or tls:// in place of nats://";

/** Throws `bad-settings`, naming where the address is set and never what it holds: that may be a password. */
export function natsAddress(text: string, source: string): NatsAddress {
  const [, scheme, login, hosts = "", name = "hotcell"] =
    /^(nats|tls):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^/]*))?\/?$/.exec(text) ?? [];
  const servers = hosts.split(",").map(serverOf);
  if (!scheme || servers.includes(undefined)) throw wrongAddress(source, form);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw wrongAddress(source, "a NAME of 1 to 64 letters, digits, - and _");
  return {
    ...{ servers: servers as string[], tls: scheme === "tls", name },
    login: login === undefined ? {} : loginOf(login, source),
  };
}

function serverOf(text: string): string | undefined {
  const [, host, port = "4222"] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? `${host}:${port}` : undefined;
}

function loginOf(text: string, source: string): NatsLogin {
  try {
    const [first = "", ...rest] = text.split(":").map(decodeURIComponent);
    if (rest.length === 0) return { token: () => first };
    const password = rest.join(":");
    return { user: first, password: () => password };
  } catch {
    throw wrongAddress(source, "a user, password or token with %XX for special characters");
  }
}

function wrongAddress(source: string, expected: string): HotcellError {
  return new HotcellError("bad-settings", `${source} is no address of a store on NATS.`, {
    subject: source,
    expected,
    remedy: `Set ${source} to an address such as nats://127.0.0.1:4222/hotcell.`,
  });
}

/** Address without secrets: for people. */
export function shownAddress({ servers, tls, name }: Pick<NatsAddress, "servers" | "tls" | "name">): string {
  return `${tls ? "tls" : "nats"}://${servers.join(",")}/${name}`;
}

/** Part of a subject for any text, the same for the same text: what NATS's subjects can't have is written as bytes. */
export function subjectPart(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `=${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}
