/** A plugin that serves HTTP and tells what it was asked, in AssemblyScript. */
import { witDeps } from "../guest-plugins/wit-packages.ts";
import { buildComponent } from "../support/plugin-build.ts";

const world = `package t:site@1.0.0;
world site { import wasi:http/types@0.2.0; export wasi:http/incoming-handler@0.2.0; }`;

/** Lines: method and target, then header fields that say where it was asked, and whatever token came. */
const source = (name: string) => `
import { App } from "hotcell/assembly/http";
const app = new App();
app.notFound((c) => {
  let text = "${name}: " + c.req.method + " " + c.req.target + "\\n";
  const names = ["x-forwarded-host", "x-forwarded-prefix", "authorization"];
  for (let i = 0; i < names.length; i++) {
    const value = c.req.header(names[i]);
    if (value) text += names[i] + ": " + value + "\\n";
  }
  c.header("set-cookie", "seen=1; Path=/");
  c.status(200).text(text);
});
export default app;`;

export async function tellingSite(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const deps = await witDeps("wasi:http@0.2.0");
  const bytes = await buildComponent({
    files: { "wit/world.wit": world, "assembly/index.ts": source(name), ...deps },
  });
  return new Uint8Array(bytes);
}
