import type { Component } from "../component/component.ts";
import type { CompiledComponent } from "./engine.ts";

/**
 * Gives the same compiled component for the same digest as long as somebody still holds it: deploying the same
 * bytes again adds nothing, and a version nobody holds any more can be collected. Compilations of one digest
 * under way at the same time are one; a failed one is forgotten.
 */
export function cacheByDigest(
  compile: (component: Component) => Promise<CompiledComponent>,
): (component: Component) => Promise<CompiledComponent> {
  const compiled = new Map<string, WeakRef<CompiledComponent>>();
  const underWay = new Map<string, Promise<CompiledComponent>>();
  const collected = new FinalizationRegistry<string>((digest) => {
    // A newer one may have taken its place meanwhile.
    if (!compiled.get(digest)?.deref()) compiled.delete(digest);
  });

  return (component) => {
    const { digest } = component;
    const known = compiled.get(digest)?.deref();
    if (known) return Promise.resolve(known);
    let pending = underWay.get(digest);
    if (!pending) {
      pending = compile(component)
        .then((result) => {
          compiled.set(digest, new WeakRef(result));
          collected.register(result, digest);
          return result;
        })
        .finally(() => underWay.delete(digest));
      underWay.set(digest, pending);
    }
    return pending;
  };
}
