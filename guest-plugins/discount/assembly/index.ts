import { Option, Result, Tuple2, Unit } from "wit-types";

let percent: u64 = 10;
let from: u64 = 0;

/** `quote` in wit/world.wit. */
export function quote(cents: u64): Option<u64> {
  return cents < from ? Option.none<u64>() : Option.some<u64>(cents - (cents * percent) / 100);
}

// Called by the host, before anything else in a new cell: `config` is the `env` of the plugin's settings.
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) {
    const value = U64.parseInt(config[i].f1);
    if (config[i].f0 == "percent") percent = value;
    if (config[i].f0 == "from") from = value;
  }
  return percent > 100 ? Result.err<Unit, string>("nobody is paid for buying") : Result.ok<Unit, string>();
}

export function health(): Result<Unit, string> {
  return Result.ok<Unit, string>();
}
