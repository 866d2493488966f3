/** True for a response that has no content, whatever is written for it (RFC 9110, sections 6.4.1, 9.3.2 and 15.3.6). */
export function hasNoContent(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 205 || status === 304;
}
