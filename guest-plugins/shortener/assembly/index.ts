import { App, Context, Json } from "hotcell/assembly/http";
import { KvBucket } from "hotcell/assembly/kv";
import { codeOf } from "./codes";
import { problemOf } from "./urls";

const urls = new KvBucket("urls");
const hits = new KvBucket("hits");
const app = new App();

app.post("/", shorten);
app.get("/:code", follow);
app.get("/:code/stats", stats);

export default app;

/** Gives the code of the URL that the body is; the one it has where it has been here before. */
function shorten(c: Context): void {
  const url = c.req.text().trim();
  const problem = problemOf(url);
  if (problem !== null) return c.status(400).text("A URL is wanted as the body, and there is " + problem + ".\n");
  for (let attempt = 0; attempt < 100; attempt++) {
    const code = codeOf(url, attempt);
    const edit = urls.edit(code);
    // Where another request takes the code first, its URL is what is there then.
    if (edit.text === null && edit.set(url)) return answer(c, 201, code, url);
    const known = edit.text;
    edit.drop();
    if (known == url) return answer(c, 200, code, url);
  }
  c.status(503).text("There is no code left for it.\n");
}

function answer(c: Context, status: i32, code: string, url: string): void {
  c.header("location", code);
  c.status(status).json(Json.object().set("code", code).set("url", url));
}

function follow(c: Context): void {
  const code = c.req.param("code");
  const url = urls.get(code);
  if (url === null) return c.notFound();
  // Where the count can't be kept, as the quota is used up, people still get where they want to.
  hits.tryIncrement(code);
  // So that browsers ask again, and are counted.
  c.header("cache-control", "no-store");
  c.redirect(url);
}

function stats(c: Context): void {
  const code = c.req.param("code");
  const url = urls.get(code);
  if (url === null) return c.notFound();
  c.json(Json.object().set("url", url).set("hits", hits.getNumber(code)));
}
