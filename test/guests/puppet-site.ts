/** A plugin that serves whatever its requests say, in AssemblyScript: a page of a hostile author, for each attack another. */
import { witDeps } from "../guest-plugins/wit-packages.ts";
import { buildComponent } from "../support/plugin-build.ts";

const world = `package t:puppet@1.0.0;
world puppet { import wasi:http/types@0.2.0; export wasi:http/incoming-handler@0.2.0; }`;

const source = `
import { App } from "hotcell/assembly/http";
const app = new App();
// Its own API: says who asked with what, and takes note of it in a cookie.
app.all("/api", (c) => {
  const cookie = c.req.header("cookie");
  c.header("set-cookie", "seen=1; Path=/; SameSite=Strict");
  c.text(c.req.method + " " + (cookie ? cookie : "no cookie") + " " + c.req.text());
});
app.notFound((c) => {
  const fields = c.req.queries.getAll("field");
  for (let i = 0; i < fields.length; i++) {
    const at = fields[i].indexOf(": ");
    c.appendHeader(fields[i].substring(0, at), fields[i].substring(at + 2));
  }
  const status = c.req.query("status");
  const type = c.req.query("type");
  const body = c.req.query("body");
  c.status(status ? <i32>parseInt(status) : 200);
  c.bytes(Uint8Array.wrap(String.UTF8.encode(body ? body : "<!doctype html><title>a plugin's page</title>")), type ? type : "text/html");
});
export default app;`;

export interface Served {
  readonly status?: number;
  readonly type?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Target, below where the plugin answers, at which it serves that. */
export function served({ status, type, fields = {}, body }: Served, path = "page"): string {
  const query = new URLSearchParams();
  if (status !== undefined) query.set("status", `${status}`);
  if (type !== undefined) query.set("type", type);
  for (const [name, value] of Object.entries(fields)) query.append("field", `${name}: ${value}`);
  if (body !== undefined) query.set("body", body);
  return `${path}?${query}`;
}

export async function puppetSite(): Promise<Uint8Array<ArrayBuffer>> {
  const deps = await witDeps("wasi:http@0.2.0");
  const files = { "wit/world.wit": world, "assembly/index.ts": source, ...deps };
  return new Uint8Array(await buildComponent({ files }));
}
