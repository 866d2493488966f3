/** A link as it stands in a page, against the page's own URL. */
export function resolved(link: string, page: string): string {
  if (link.includes("://")) return link;
  const scheme = page.indexOf("://");
  if (scheme < 0) return link;
  if (link.startsWith("//")) return page.substring(0, scheme + 1) + link;
  const slash = page.indexOf("/", scheme + 3);
  const origin = slash < 0 ? page : page.substring(0, slash);
  if (link.startsWith("/")) return origin + link;
  const query = page.indexOf("?");
  const path = query < 0 ? page : page.substring(0, query);
  const last = path.lastIndexOf("/");
  return (last > scheme + 2 ? path.substring(0, last) : origin) + "/" + link;
}
