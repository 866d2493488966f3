/** Links to NATS, and parts of them, of which some methods wait, count or do something else, so that a test says what comes first. */
import type { NatsLink } from "../../../host/nats/nats-link.ts";

export function linkWith(link: NatsLink, instead: Partial<NatsLink>): NatsLink {
  return methodsWith(link, instead);
}

export function methodsWith<T extends object>(of: T, instead: Partial<T>): T {
  return new Proxy(of, {
    get(target, name) {
      if (name in instead) return Reflect.get(instead, name);
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
