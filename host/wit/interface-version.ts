/** Matching interfaces across versions by semver, as the component model does. */
import { parseInterfaceId } from "./wit-names.ts";

/**
 * The interface's name with its version cut to what compatible versions share: `wasi:clocks/wall-clock@0.2.3` →
 * `wasi:clocks/wall-clock@0.2` (Explainer.md, Canonical Interface Name). Other names stay as they are.
 */
export function canonicalInterfaceName(id: string): string {
  const { package: pkg, name, version } = parseInterfaceId(id) ?? {};
  const shared = version && /^(?:[1-9]\d*|0\.[1-9]\d*|0\.0\.\d+)/.exec(version)?.[0];
  return shared ? `${pkg}/${name}@${shared}` : id;
}
