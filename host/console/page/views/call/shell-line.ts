/** Call as a line for a shell. */
export function curlLine(url: string, body: string, hasToken: boolean): string {
  const parts = [
    "curl",
    ...(hasToken ? ['-H "Authorization: Bearer $HOTCELL_TOKEN"'] : []),
    "-H 'Content-Type: application/json'",
    `-d ${quoted(body)}`,
    quoted(url),
  ];
  return parts.join(" ");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
