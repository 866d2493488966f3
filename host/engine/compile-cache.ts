import type { Component } from "../component/component.ts";
import type { CellLimits, CompiledComponent } from "./engine.ts";

type Compile = (component: Component, limits?: Partial<CellLimits>) => Promise<CompiledComponent>;

/**
 * Gives the same compiled component for the same digest and limits as long as somebody still holds it: deploying the
 * same bytes again adds nothing, and a version nobody holds any more can be collected. Compilations of one component
 * under way at the same time are one; a failed one is forgotten. `settings` spells out what of the limits goes into
 * the code; by default nothing does.
 */
export function cacheByDigest(
  compile: Compile,
  settings: (limits?: Partial<CellLimits>) => string = () => "",
): Compile {
  const compiled = new Map<string, WeakRef<CompiledComponent>>();
  const underWay = new Map<string, Promise<CompiledComponent>>();
  const collected = new FinalizationRegistry<string>((key) => {
    // A newer one may have taken its place meanwhile.
    if (!compiled.get(key)?.deref()) compiled.delete(key);
  });

  return (component, limits) => {
    const key = `${component.digest} ${settings(limits)}`;
    const known = compiled.get(key)?.deref();
    if (known) return Promise.resolve(known);
    let pending = underWay.get(key);
    if (!pending) {
      pending = compile(component, limits)
        .then((result) => {
          compiled.set(key, new WeakRef(result));
          collected.register(result, key);
          return result;
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, pending);
    }
    return pending;
  };
}
