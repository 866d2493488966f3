/** Properties that a page gets: the parts of its path that stand for names. */
export interface PageProps {
  readonly params: Readonly<Record<string, string>>;
}
