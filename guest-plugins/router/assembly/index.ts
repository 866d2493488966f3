import { App, Context, Json } from "hotcell/assembly/http";

const app = new App();

app.get("/", (c) => c.text("GET /\nGET /hello/:name\nPOST /echo\nPOST /words\nGET /countdown\n"));
app.get("/hello/:name", (c) => c.text(`Hello, ${c.req.param("name")}!`));
app.post("/echo", echo);
app.post("/words", countWords);
app.get("/countdown", countDown);

export default app;

/** Piece by piece: a body of any size goes through. */
function echo(c: Context): void {
  const type = c.req.header("content-type");
  const out = c.stream(type ? type : "application/octet-stream");
  for (let piece = c.req.body.read(); piece; piece = c.req.body.read()) {
    if (!out.write(piece)) return;
  }
}

function countWords(c: Context): void {
  const text = c.req.text();
  const words = text.split(" ").filter((word) => word.length > 0).length;
  c.json(Json.object().set("words", words).set("units", text.length));
}

/** Sent line by line: the reader has the first before the last is written. */
function countDown(c: Context): void {
  const asked = c.req.query("from");
  const start = asked ? <i32>parseInt(asked) : 10;
  if (start < 1 || start > 1000) return c.status(400).text("from: a number from 1 to 1000");
  const out = c.stream("text/plain; charset=utf-8");
  for (let i = start; i > 0; i--) {
    if (!out.text(`${i}\n`) || !out.flush()) return;
  }
}
