import { type Capability, wasi02 } from "../capability.ts";
import { allRefused, object, values } from "../kit/common-prices.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { refusing } from "../kit/refusing.ts";
import { socketsWit } from "./sockets-wit.ts";

const names = ["tcp", "udp", "tcp-create-socket", "udp-create-socket", "ip-name-lookup"].map(
  (name) => `wasi:sockets/${name}`,
);

/** `wasi:sockets`: there is a network, and every access to it is denied. */
export const sockets: Capability = {
  name: "sockets",
  offers: wasi02([...names, "wasi:sockets/network", "wasi:sockets/instance-network"], { free: true }),
  wit: { "wasi:sockets": socketsWit },
  prices: {
    ...Object.fromEntries(names.map((name) => [name, allRefused])),
    "wasi:sockets/network": { "network-error-code": values },
    "wasi:sockets/instance-network": { "instance-network": object },
  },
  bind(_settings, { typesOf }) {
    const refused = Object.fromEntries(names.map((name) => [name, refusing(name, typesOf, "access-denied")]));
    return {
      supply: ({ objects }) => ({
        interfaces: {
          ...refused,
          "wasi:sockets/network": { Network, networkErrorCode: () => undefined },
          "wasi:sockets/instance-network": { instanceNetwork: () => new Network(objects) },
        },
      }),
    };
  },
};

class Network {
  readonly #objects: HostObjects;

  constructor(objects: HostObjects) {
    objects.add();
    this.#objects = objects;
  }

  [Symbol.dispose](): void {
    this.#objects.remove();
  }
}
