/** Hosts that `hotcell login` keeps, with a token for each: in a file that nobody else on the machine may read. */

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { HotcellError } from "../../errors.ts";
import type { Environment } from "./local-host.ts";

export interface KnownHost {
  /** Without a slash at its end. */
  readonly url: string;
  /** Absent where nobody needs one. */
  readonly token?: string | undefined;
}

const schema = v.object({
  current: v.optional(v.string()),
  hosts: v.record(v.string(), v.object({ url: v.string(), token: v.optional(v.string()) })),
});

/** Names of hosts are no URLs, and nothing that a shell or a terminal takes for something else. */
export const hostName = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

export class KnownHosts {
  readonly file: string;
  #hosts: ReadonlyMap<string, KnownHost>;
  #current: string | undefined;

  /** Hosts of the file in `XDG_CONFIG_HOME`, or `~/.config`; none where there is no file. Throws `bad-settings` for a file that others may read, or that is none of ours. */
  constructor(environment: Environment) {
    this.file = join(environment.XDG_CONFIG_HOME || join(homedir(), ".config"), "hotcell", "hosts.json");
    const { hosts, current } = readHosts(this.file);
    this.#hosts = new Map(Object.entries(hosts));
    this.#current = current;
  }

  /** Names and hosts, in the order of the names. */
  get all(): readonly (readonly [string, KnownHost])[] {
    return [...this.#hosts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Name of the host that is meant where none is named. */
  get current(): string | undefined {
    return this.#current !== undefined && this.#hosts.has(this.#current) ? this.#current : undefined;
  }

  get(name: string): KnownHost | undefined {
    return this.#hosts.get(name);
  }

  /** Token for what is at that origin, whatever its name. */
  tokenFor({ origin }: URL): string | undefined {
    return this.all.find(
      ([, { url, token }]) => token !== undefined && URL.parse(url)?.origin === origin,
    )?.[1].token;
  }

  /** Keeps a host and makes it the current one. */
  put(name: string, host: KnownHost): void {
    this.#write(new Map([...this.#hosts, [name, host]]), name);
  }

  /** Makes a host that is kept the current one. */
  use(name: string): void {
    this.#write(this.#hosts, name);
  }

  delete(name: string): void {
    const left = new Map([...this.#hosts].filter(([other]) => other !== name));
    this.#write(left, this.#current === name ? undefined : this.#current);
  }

  /** Whole or not at all: the file is a new one each time, with its mode from the beginning. */
  #write(hosts: ReadonlyMap<string, KnownHost>, current: string | undefined): void {
    const folder = dirname(this.file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ current, hosts: Object.fromEntries(hosts) }, undefined, 2);
    const beside = `${this.file}.${process.pid}`;
    writeFileSync(beside, `${text}\n`, { mode: 0o600, flag: "wx" });
    renameSync(beside, this.file);
    this.#hosts = hosts;
    this.#current = current;
  }
}

function readHosts(file: string): v.InferOutput<typeof schema> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return { hosts: {} };
  const user = process.getuid?.();
  if (user !== undefined && (found.uid !== user || (found.mode & 0o077) !== 0)) {
    throw unusable(file, "others than you may read or change it", `chmod 600 ${file}`);
  }
  try {
    return v.parse(schema, JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw unusable(file, "it is not what hotcell login writes", "mend it, or remove it and log in again");
  }
}

function unusable(file: string, why: string, remedy: string): HotcellError {
  return new HotcellError("bad-settings", `The file of known hosts, ${file}, is not used: ${why}.`, {
    subject: file,
    remedy: `Put that right: ${remedy}.`,
  });
}
