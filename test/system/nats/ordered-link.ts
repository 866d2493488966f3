/** Links to NATS of which some methods wait, or do something else, so that a test says what comes first. */
import type { NatsLink } from "../../../host/nats/nats-link.ts";

export function linkWith(link: NatsLink, instead: Partial<NatsLink>): NatsLink {
  return new Proxy(link, {
    get(target, name) {
      if (name in instead) return instead[name as keyof NatsLink];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
