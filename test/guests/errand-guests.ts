/** Two plugins of which one serves HTTP and has the other run its errands by a link; that one writes to its log and sends requests. */
import { witDeps } from "../guest-plugins/wit-packages.ts";
import { buildComponent } from "../support/plugin-build.ts";

const errands = `package t:errands@1.0.0;
interface errands {
  /** Gets it, with the field traceparent where one is given; gives the text. */
  run: func(url: string, traceparent: string) -> string;
}`;

/** Exports `t:errands/errands`. Needs the grants `http` and `logging`. */
export async function errandRunner(): Promise<Uint8Array<ArrayBuffer>> {
  return component({
    "wit/deps/errands/errands.wit": errands,
    "wit/world.wit": `package t:runner@1.0.0;
      world runner {
        import wasi:http/outgoing-handler@0.2.0;
        import wasi:logging/logging@0.1.0-draft;
        export t:errands/errands@1.0.0;
      }`,
    "assembly/index.ts": `
      import { FetchRequest } from "hotcell/assembly/fetch";
      import { Level, log } from "wasi:logging/logging@0.1.0-draft";
      export function run(url: string, traceparent: string): string {
        log(Level.Info, "errands", "running to " + url);
        const request = new FetchRequest("GET", url);
        if (traceparent.length) request.header("traceparent", traceparent);
        const text = request.send().text();
        return text ? text : "nothing";
      }`,
  });
}

/** Answers `GET /run?url=…&traceparent=…` with what the errand comes to, and `GET /own` with the `traceparent` that it came with. */
export async function errandDesk(): Promise<Uint8Array<ArrayBuffer>> {
  return component({
    "wit/deps/errands/errands.wit": errands,
    "wit/world.wit": `package t:desk@1.0.0;
      world desk {
        import wasi:http/types@0.2.0;
        import t:errands/errands@1.0.0;
        export wasi:http/incoming-handler@0.2.0;
      }`,
    "assembly/index.ts": `
      import { App } from "hotcell/assembly/http";
      import { run } from "t:errands/errands@1.0.0";
      const app = new App();
      app.get("/run", (c) => {
        const url = c.req.query("url");
        const traceparent = c.req.query("traceparent");
        c.text(run(url ? url : "", traceparent ? traceparent : ""));
      });
      app.get("/own", (c) => {
        const own = c.req.header("traceparent");
        c.text(own ? own : "none");
      });
      export default app;`,
  });
}

async function component(files: Readonly<Record<string, string>>): Promise<Uint8Array<ArrayBuffer>> {
  const deps = await witDeps("wasi:http@0.2.0", "wasi:logging@0.1.0-draft");
  return new Uint8Array(await buildComponent({ files: { ...files, ...deps } }));
}
