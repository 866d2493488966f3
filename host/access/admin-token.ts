/** The admin token: where it comes from and how one that was presented is compared with it. */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HotcellError } from "../errors.ts";

export interface AdminToken {
  readonly token: string;
  /** `given` by the owner, `kept` from an earlier start, or `generated` just now. */
  readonly origin: "given" | "kept" | "generated";
  /** File that keeps it; absent for a given one, which is never written down. */
  readonly file?: string;
}

/** Characters that RFC 6750 (section 2.1) lets stand after `Bearer `. */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The admin token of a data folder: `given`, or the one kept in `<folder>/token`, or 32 random bytes as base64url
 * that are written there, readable by their owner only. Throws `bad-settings` for a token that no
 * `Authorization: Bearer` header can carry, and for a folder that can't be written to.
 */
export async function adminToken(folder: string, given?: string): Promise<AdminToken> {
  if (given !== undefined) return { token: checked(given, "The given token"), origin: "given" };
  const file = join(folder, "token");
  try {
    const kept = await read(file);
    return kept === undefined ? await generate(folder, file) : { token: kept, origin: "kept", file };
  } catch (error) {
    if (error instanceof HotcellError) throw error;
    throw new HotcellError("bad-settings", `The data folder can't be used: ${(error as Error).message}.`, {
      subject: folder,
      remedy: "Make it readable and writable for this user, or choose another: HOTCELL_DATA or --data.",
      cause: error,
    });
  }
}

async function generate(folder: string, file: string): Promise<AdminToken> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const token = randomBytes(32).toString("base64url");
  // Linked into place whole, so that another host starting on the same folder never reads half a token.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
    return { token, origin: "generated", file };
  } catch (error) {
    const theirs = await read(file);
    if (theirs === undefined) throw error;
    return { token: theirs, origin: "kept", file };
  } finally {
    await unlink(draft);
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return checked((await readFile(file, "utf8")).trim(), `The token in ${file}`, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function checked(token: string, what: string, file?: string): string {
  if (b64token.test(token)) return token;
  throw new HotcellError("bad-settings", `${what} is not usable as a bearer token.`, {
    expected: "one or more of A-Z a-z 0-9 - . _ ~ + /, then any number of =",
    remedy: file
      ? `Delete ${file}; the next start writes a new token.`
      : "Make one with: openssl rand -hex 32",
  });
}

/**
 * A token of fewer characters may be guessed, so guesses at it are slowed down: it is not even compared while the
 * sender's address has to wait. 22 characters of base64 hold 128 bits; tokens that Hotcell makes have 256.
 */
const unguessable = 22;

/** True for a token, or what was presented as one, that is short enough to be guessed. */
export function isGuessable(token: string): boolean {
  return token.length < unguessable;
}

/** Compares in a time that tells nothing about the token or its length. */
export function tokenMatcher(token: string): (presented: string) => boolean {
  const expected = sha256(token);
  return (presented) => timingSafeEqual(sha256(presented), expected);
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
