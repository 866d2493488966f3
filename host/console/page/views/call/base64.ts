/** Bytes as JSON has them. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  // As many as a call takes as arguments.
  for (let i = 0; i < bytes.length; i += 0x8000)
    parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
  return btoa(parts.join(""));
}
