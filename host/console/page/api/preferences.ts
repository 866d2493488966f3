/** Preferences that a browser keeps for its user: language and appearance, nothing else. */

type Preference = "language" | "theme";

/** Undefined also where a browser keeps nothing. */
export function preference(name: Preference): string | undefined {
  try {
    return localStorage.getItem(`hotcell.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function prefer(name: Preference, value: string): void {
  try {
    localStorage.setItem(`hotcell.${name}`, value);
  } catch {
    // It holds until the page is left, then.
  }
}
