const MAX_URL: i32 = 2000;

/** Why a text is no URL to send others to; null where it is one. */
export function problemOf(url: string): string | null {
  if (url.length > MAX_URL) return "longer than " + MAX_URL.toString() + " characters";
  const from = hostFrom(url);
  if (from < 0) return "no URL that begins with http:// or https://";
  let to = from;
  for (let i = 0; i < url.length; i++) {
    const code = url.charCodeAt(i);
    // What else stands in a URL is encoded, as it has to be in a header field.
    if (code <= 0x20 || code >= 0x7f || code == 0x5c) return "a character in it that has to be encoded";
  }
  while (to < url.length && !"/?#".includes(url.charAt(to))) to++;
  const host = url.substring(from, to);
  if (host == "" || host.startsWith(":")) return "no host in it";
  // https://bank.example@evil.example/ is what is read wrongly.
  if (host.includes("@")) return "a name or a password in it";
  return null;
}

/** Where the host begins, or -1. */
function hostFrom(url: string): i32 {
  const scheme = url.substring(0, 8).toLowerCase();
  return scheme == "https://" ? 8 : scheme.startsWith("http://") ? 7 : -1;
}
