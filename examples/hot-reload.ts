/** Serves greetings by a plugin whose file is followed, as in development: `node hot-reload.ts greet.wasm`; then build over it. */
import { createServer } from "node:http";
import { HotcellError, open } from "hotcell";

const [file = "build/greet.wasm"] = process.argv.slice(2);

const plugin = await open(file, { watch: true });
// Looked up once: it goes on with whatever is built over the file.
const greet = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");

plugin.on("swap", ({ digest }) => console.log(`swapped to ${digest}`));
plugin.on("refused", (error) => {
  console.log(error instanceof HotcellError ? `refused: ${error.code}` : error);
});

const server = createServer((request, response) => {
  response.end(greet(decodeURIComponent(request.url?.slice(1) || "you")));
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`http://127.0.0.1:${address.port}`);
});

process.on("SIGTERM", () => {
  server.close();
  void plugin.close();
});
