/** What metering costs: the same programs as they were compiled and hardened, side by side. */
import { CellMemory } from "../host/engine/cell/cell-memory.ts";
import { Fuel } from "../host/engine/fuel/tank.ts";
import { harden } from "../host/harden/harden.ts";
import { compileKernels, kernels } from "./support/kernels.ts";
import { measure } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

type Kernel = (argument: number) => number;

export async function run(): Promise<Table[]> {
  const bytes = await compileKernels();
  const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<string, Kernel>;
  const fuel = new Fuel();
  fuel.set(2 ** 50);
  const module = new WebAssembly.Module(harden(bytes).bytes);
  const hardened = new WebAssembly.Instance(module, { ...fuel.imports, ...new CellMemory().imports })
    .exports as Record<string, Kernel>;

  const rows = kernels.map(([title, name, argument]) => {
    const [original, metered] = [plain[name]!, hardened[name]!];
    fuel.set(2 ** 50);
    if (original(argument) !== metered(argument)) throw new Error(`${title}: other results when hardened`);
    const spent = 2 ** 50 - fuel.get();
    const nanoseconds = measure(
      [
        { name: "plain", run: () => original(argument) },
        { name: "hardened", run: () => metered(argument) },
      ],
      { rounds: 15 },
    );
    fuel.set(2 ** 50);
    const unit = nanoseconds.get("plain")! / spent;
    return { name: `${title} (unit ${unit.toFixed(2)} ns)`, nanoseconds };
  });
  return [{ title: "Fuel", subject: "plain", rows: [...rows, geometricMean(rows)] }];
}

function geometricMean(rows: Table["rows"]): Table["rows"][number] {
  const mean = (contender: string) =>
    Math.exp(rows.reduce((sum, row) => sum + Math.log(row.nanoseconds.get(contender)!), 0) / rows.length);
  const nanoseconds = new Map(["plain", "hardened"].map((contender) => [contender, mean(contender)]));
  return { name: "geometric mean", nanoseconds };
}
