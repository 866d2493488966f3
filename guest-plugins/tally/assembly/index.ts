import { Result, Tuple2, Unit } from "wit-types";

let sum: u64 = 0;

/** `add` in wit/world.wit. */
export function add(by: u32): u64 {
  sum += by;
  return sum;
}

/** `total` in wit/world.wit. */
export function total(): u64 {
  return sum;
}

// Called by the host, before anything else in a new cell: `config` is the `env` of the plugin's settings.
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) {
    if (config[i].f0 != "start") continue;
    const start = config[i].f1;
    if (!isDigits(start)) return Result.err<Unit, string>("start is " + start + ", which is no number");
    sum = U64.parseInt(start);
  }
  return Result.ok<Unit, string>();
}

export function health(): Result<Unit, string> {
  return Result.ok<Unit, string>();
}

/** What the next version gets when it replaces this one: a format that both have to agree on. */
export function save(): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(sum.toString()));
}

/** An error refuses this version, and the one before goes on counting. */
export function restore(fromVersion: string, state: Uint8Array): Result<Unit, string> {
  const text = String.UTF8.decode(state.buffer);
  if (!isDigits(text)) return Result.err<Unit, string>("what " + fromVersion + " saved is no number");
  sum = U64.parseInt(text);
  return Result.ok<Unit, string>();
}

function isDigits(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x30 || c > 0x39) return false;
  }
  return text.length > 0 && text.length < 20;
}
