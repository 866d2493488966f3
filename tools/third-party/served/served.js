// What served.ts asks for, by a fetch handler.
let count = 0;
const encoder = new TextEncoder();
addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url);
  switch (pathname) {
    case "/hello":
      return new Response(`Hello, ${searchParams.get("name")}!`, { headers: { "x-made-by": "javascript" } });
    case "/echo":
      return new Response(request.body, { headers: { "content-type": request.headers.get("content-type") } });
    case "/count":
      return new Response(String(++count));
    case "/lines": {
      let line = 0;
      const body = new ReadableStream({
        async pull(controller) {
          if (line === 5) return controller.close();
          await nap();
          controller.enqueue(encoder.encode(`line ${++line}\n`));
        },
      });
      return new Response(body);
    }
    case "/nap":
      await nap();
      return new Response("slept");
    case "/fail":
      throw new Error("meant to fail");
    case "/outside":
      try {
        await fetch("http://example.com/");
        return new Response("reached");
      } catch (error) {
        return new Response(String(error), { status: 502 });
      }
    case "/through": {
      const { method, body } = request;
      const sent = { method, headers: { "x-through": "javascript" }, ...(method === "POST" && { body }) };
      try {
        const through = await fetch(searchParams.get("to"), sent);
        const headers = { "x-upstream": through.headers.get("x-upstream") };
        return new Response(through.body, { status: through.status, headers });
      } catch (error) {
        return new Response(String(error), { status: 502 });
      }
    }
  }
  return new Response("no such place", { status: 404 });
}

const nap = () => new Promise((resolve) => setTimeout(resolve, 30));
