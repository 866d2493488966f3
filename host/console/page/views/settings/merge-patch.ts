/** Settings, or a part of them, as JSON has them. */
export type SettingsObject = Readonly<Record<string, unknown>>;

export function isSettingsObject(value: unknown): value is SettingsObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Merge patch (RFC 7396) that makes the one of the other. */
export function mergePatch(before: SettingsObject, after: SettingsObject): SettingsObject {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[name], after[name]];
    if (to === undefined) patch[name] = null;
    else if (isSettingsObject(from) && isSettingsObject(to)) {
      const inner = mergePatch(from, to);
      if (Object.keys(inner).length > 0) patch[name] = inner;
    } else if (JSON.stringify(from) !== JSON.stringify(to)) patch[name] = to;
  }
  return patch;
}

/** The same object with that member, or without it where the value is undefined. */
export function withMember(object: SettingsObject, name: string, value: unknown): SettingsObject {
  const { [name]: _, ...rest } = object;
  return value === undefined ? rest : { ...object, [name]: value };
}

/** Member that is an object itself; empty where it is none. */
export function objectAt(object: SettingsObject, name: string): SettingsObject {
  const member = object[name];
  return isSettingsObject(member) ? member : {};
}

/** The object with a member of a member; what has no members left is left out. */
export function withInner(
  object: SettingsObject,
  group: string,
  name: string,
  value: unknown,
): SettingsObject {
  const inner = withMember(objectAt(object, group), name, value);
  return withMember(object, group, Object.keys(inner).length === 0 ? undefined : inner);
}
