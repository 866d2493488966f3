/** Machines of a test, each a network namespace with two interfaces: one to the others, which can be cut, and one to the test. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

export interface Machine {
  /** Command that runs another one there. */
  readonly enter: readonly string[];
  /** Address that the other machines know. */
  readonly address: string;
  /** Address that the test knows, cut off or not. */
  readonly front: string;
  /** Cuts it off from the others, or lets it reach them again. */
  cut(): void;
  heal(): void;
}

/** True where namespaces may be made: for root, but for one that was let less. */
export function mayMakeNamespaces(): boolean {
  const name = `hc${randomBytes(3).toString("hex")}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  const link = ["link", "add", name, "type", "bridge"];
  const may = spawnSync("ip", link).status === 0;
  if (may) spawnSync("ip", ["link", "delete", name]);
  spawnSync("ip", ["netns", "delete", name]);
  return may;
}

/** Machines that are gone, with their networks, when it is disposed of; what runs there has to have ended by then. */
export function networkOf(count: number): { readonly machines: readonly Machine[] } & Disposable {
  const parts = new DisposableStack();
  // Names of interfaces have 15 characters at most.
  const own = randomBytes(2).toString("hex");
  const net = 2 + (Number.parseInt(own, 16) % 120);
  const ip = (...args: string[]) => {
    const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  };
  const remove = (...args: string[]) => parts.defer(() => void spawnSync("ip", args));
  try {
    for (const side of ["b", "f"]) {
      ip("link", "add", `hc${own}${side}`, "type", "bridge");
      remove("link", "delete", `hc${own}${side}`);
      ip("link", "set", `hc${own}${side}`, "up");
    }
    // The test is on one of the two networks only.
    ip("address", "add", `10.${128 + net}.0.254/24`, "dev", `hc${own}f`);
    const machines = Array.from({ length: count }, (_, i): Machine => {
      const name = `hc${own}${i + 1}`;
      ip("netns", "add", name);
      remove("netns", "delete", name);
      ip("-n", name, "link", "set", "lo", "up");
      const addresses = { b: `10.${net}.0.${i + 1}`, f: `10.${128 + net}.0.${i + 1}` };
      for (const [side, address] of Object.entries(addresses)) {
        ip("link", "add", `${name}${side}`, "type", "veth", "peer", "name", `eth${side}`, "netns", name);
        ip("link", "set", `${name}${side}`, "master", `hc${own}${side}`, "up");
        ip("-n", name, "address", "add", `${address}/24`, "dev", `eth${side}`);
        ip("-n", name, "link", "set", `eth${side}`, "up");
      }
      return {
        ...{ address: addresses.b, front: addresses.f, enter: ["ip", "netns", "exec", name] },
        cut: () => ip("link", "set", `${name}b`, "down"),
        heal: () => ip("link", "set", `${name}b`, "up"),
      };
    });
    const all = parts.move();
    return { machines, [Symbol.dispose]: () => all.dispose() };
  } catch (error) {
    parts.dispose();
    throw error;
  }
}
