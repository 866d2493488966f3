import { Session } from "wit-world";
import { Result, Tuple2, Unit } from "wit-types";

class Kept {
  uses: u32 = 0;
  data: Map<string, string> = new Map<string, string>();
  constructor(readonly user: string, readonly since: i64) {}
}

let sessions = new Map<string, Kept>();
let most = 1000;
/** Milliseconds. */
let longest: i64 = 3_600_000;

export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) {
    const number = parseInt(config[i].f1);
    if (isNaN(number) || number < 1) return Result.err<Unit, string>(config[i].f0 + " is no number: " + config[i].f1);
    if (config[i].f0 == "most") most = <i32>number;
    else if (config[i].f0 == "minutes") longest = <i64>number * 60_000;
    else return Result.err<Unit, string>("there is no setting " + config[i].f0);
  }
  return Result.ok<Unit, string>();
}

export function health(): Result<Unit, string> {
  return Date.now() > 0 ? Result.ok<Unit, string>() : Result.err<Unit, string>("the clock stands before 1970");
}

export function logIn(user: string): Result<string, string> {
  sweep();
  if (sessions.size >= most) return Result.err<string, string>("there are " + most.toString() + " sessions already");
  const id = newId();
  sessions.set(id, new Kept(user, Date.now()));
  return Result.ok<string, string>(id);
}

export function find(id: string): Session | null {
  sweep();
  if (!sessions.has(id)) return null;
  const kept = sessions.get(id);
  kept.uses++;
  const keys = kept.data.keys();
  const data = new Array<Tuple2<string, string>>();
  for (let i = 0; i < keys.length; i++) data.push(new Tuple2<string, string>(keys[i], kept.data.get(keys[i])));
  return new Session(kept.user, <u32>((Date.now() - kept.since) / 1000), kept.uses, data);
}

export function put(id: string, key: string, value: string): bool {
  if (!sessions.has(id)) return false;
  sessions.get(id).data.set(key, value);
  return true;
}

export function logOut(id: string): void {
  endOf(id);
}

export function count(): u32 {
  sweep();
  return sessions.size;
}

function endOf(id: string): void {
  sessions.get(id).data.clear(); // trap
  sessions.delete(id);
}

/** Ends what is too old. */
function sweep(): void {
  const ids = sessions.keys();
  for (let i = 0; i < ids.length; i++) {
    if (Date.now() - sessions.get(ids[i]).since > longest) sessions.delete(ids[i]);
  }
}

function newId(): string {
  const bytes = new Uint8Array(8);
  crypto.getRandomValues(bytes);
  let id = "";
  for (let i = 0; i < bytes.length; i++) id += bytes[i].toString(16).padStart(2, "0");
  return id;
}

/** A line a session: id, user, since, uses, then keys and values. */
export function save(): Uint8Array {
  const ids = sessions.keys();
  const lines = new Array<string>();
  for (let i = 0; i < ids.length; i++) {
    const kept = sessions.get(ids[i]);
    const parts = [ids[i], encodeURIComponent(kept.user), kept.since.toString(), kept.uses.toString()];
    const keys = kept.data.keys();
    for (let j = 0; j < keys.length; j++) {
      parts.push(encodeURIComponent(keys[j]));
      parts.push(encodeURIComponent(kept.data.get(keys[j])));
    }
    lines.push(parts.join(" "));
  }
  return Uint8Array.wrap(String.UTF8.encode(lines.join("\n")));
}

export function restore(from: string, state: Uint8Array): Result<Unit, string> {
  const text = String.UTF8.decode(state.buffer);
  const lines = text == "" ? new Array<string>() : text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const parts = lines[i].split(" ");
    if (parts.length < 4 || parts.length % 2 != 0) return Result.err<Unit, string>("line " + i.toString() + " of " + from);
    const kept = new Kept(decodeURIComponent(parts[1]), I64.parseInt(parts[2]));
    kept.uses = U32.parseInt(parts[3]);
    for (let j = 4; j < parts.length; j += 2) kept.data.set(decodeURIComponent(parts[j]), decodeURIComponent(parts[j + 1]));
    sessions.set(parts[0], kept);
  }
  return Result.ok<Unit, string>();
}
