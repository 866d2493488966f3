/** Attacks of a page on whatever else is at its origin, as scripts. Each returns its loot, or throws. */

/** Path of a page that keeps a token and guards it by nothing. */
export const keeper = "/keeper/";

/** Tells a message from a frame that reads what pages of its origin keep. */
const told = `await new Promise((resolve, reject) => {
  onmessage = ({ data }) => data.loot ? resolve(data.loot) : reject(new Error(data.failure));
});`;
const tell = `<script>
  try { parent.postMessage({ loot: sessionStorage.token }, "*"); }
  catch (error) { parent.postMessage({ failure: error.name }, "*"); }
</script>`;
const frameOf = (source: string) => `
  const frame = document.createElement("iframe");
  ${source};
  document.body.append(frame);`;
const written = JSON.stringify(tell).replaceAll("</", "<\\/");
const loaded = (tag: string, attribute: string) => `
  const frame = document.createElement("${tag}");
  frame.${attribute} = "${keeper}";
  const load = new Promise((resolve) => { frame.onload = resolve; });
  document.body.append(frame);
  await load;
  return window[window.length - 1].token;`;

export const readers: readonly (readonly [string, string])[] = [
  ["read answers of the API", `return (await fetch("/plugins")).text();`],
  [
    "read them at once",
    `const asked = new XMLHttpRequest(); asked.open("GET", "/plugins", false); asked.send(); return asked.responseText;`,
  ],
  [
    "call a function",
    `return (await fetch("/call/counter/value", { method: "POST", headers: { "content-type": "application/json" }, body: "[]" })).text();`,
  ],
  [
    "ask with a token",
    `return (await fetch("/plugins", { headers: { authorization: "Bearer test-token" } })).text();`,
  ],
  [
    "ask from a worker",
    `const code = "fetch('" + location.origin + "/plugins').then((answer) => answer.text()).then(postMessage, () => postMessage(''));";
     const worker = new Worker(URL.createObjectURL(new Blob([code])));
     const loot = await new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
     if (!loot) throw new Error("nothing");
     return loot;`,
  ],
  ["read sessionStorage", `return sessionStorage.token;`],
  ["read localStorage", `return localStorage.token;`],
  [
    "open databases",
    `return new Promise((resolve, reject) => {
       const asked = indexedDB.open("x");
       asked.onsuccess = () => resolve("open");
       asked.onerror = () => reject(asked.error);
     });`,
  ],
  ["open caches", `await caches.open("x"); return "open";`],
  ["have files", `await navigator.storage.getDirectory(); return "open";`],
  ["have locks", `await navigator.locks.query(); return "open";`],
  ["read cookies", `document.cookie = "mine=1; path=/"; return document.cookie;`],
  ["set cookies", `await cookieStore.set("mine", "1"); return "set";`],
  [
    "register a service worker",
    `const { scope } = await navigator.serviceWorker.register("/http/evil/page?type=text/javascript&body=1"); return scope;`,
  ],
  [
    "start a shared worker",
    `return new Promise((resolve, reject) => {
       const worker = new SharedWorker("/worker.js");
       worker.onerror = () => reject(new Error("refused"));
       worker.port.onmessage = ({ data }) => resolve(data);
     });`,
  ],
  [
    "register for a protocol",
    `navigator.registerProtocolHandler("web+hotcell", location.origin + "/?%s"); return "done";`,
  ],
  ["say that it is of a wider domain", `document.domain = document.domain; return "done";`],
  ["frame a page and read it", loaded("iframe", "src")],
  ["read it as an object", loaded("object", "data")],
  ["read it embedded", loaded("embed", "src")],
  [
    "read by a blob's frame",
    `${frameOf(`frame.src = URL.createObjectURL(new Blob([${written}], { type: "text/html" }))`)} return ${told}`,
  ],
  ["read by a written frame", `${frameOf(`frame.srcdoc = ${written}`)} return ${told}`],
  ["read by an empty frame", `${frameOf("")} return frame.contentWindow.sessionStorage.token;`],
  [
    "read by a frame of script",
    `${frameOf(`frame.src = "javascript:" + encodeURIComponent(${written}.slice(8, -9))`)} return ${told}`,
  ],
  [
    "open a page and read it",
    `const opened = open("${keeper}"); await new Promise((resolve) => { opened.onload = resolve; }); return opened.token;`,
  ],
  [
    "open a blob of its origin",
    `return open(URL.createObjectURL(new Blob(["x"], { type: "text/html" }))).origin;`,
  ],
  ["take a window by its name", `return open("", "keeper").token;`],
];

/** Elements that make a browser send a request, `URL` being where. */
export const elements: readonly string[] = [
  ...[
    '<img src="URL">',
    '<img srcset="URL 1x">',
    '<input type="image" src="URL">',
    '<video src="URL" autoplay></video>',
  ],
  ...['<video poster="URL"></video>', '<audio src="URL" autoplay></audio>', '<svg><image href="URL"/></svg>'],
  ...[
    '<svg><filter id="f"><feImage href="URL"/></filter><rect width="9" height="9" filter="url(#f)"/></svg>',
  ],
  ...['<iframe src="URL"></iframe>', '<object data="URL"></object>', '<embed src="URL">'],
  ...[
    '<script src="URL"></script>',
    '<script type="module" src="URL"></script>',
    '<script>import("URL").catch(() => {})</script>',
  ],
  ...[
    '<link rel="stylesheet" href="URL">',
    '<style>@import "URL";</style>',
    '<p style="background: url(URL)">x</p>',
  ],
  ...['<style>@font-face { font-family: x; src: url("URL"); }</style><p style="font-family: x">x</p>'],
  ...['<link rel="preload" as="image" href="URL">', '<link rel="modulepreload" href="URL">'],
  ...[
    '<link rel="preload" as="fetch" href="URL" crossorigin>',
    '<link rel="compression-dictionary" href="URL">',
  ],
  ...[
    "<script>CSS.paintWorklet.addModule('URL').catch(() => {})</script>",
    "<script>fetch('URL', { mode: 'no-cors' }).catch(() => {})</script>",
  ],
  ...[
    "<script>fetch('URL', { keepalive: true, mode: 'no-cors' }).catch(() => {})</script>",
    "<script>fetchLater('URL', { activateAfter: 0 })</script>",
  ],
  ...[
    "<iframe srcdoc=\"<form action='PATH'><input name=by value=NUMBER></form><script>document.forms[0].submit()</script>\"></iframe>",
  ],
  ...[
    "<iframe srcdoc=\"<meta http-equiv=refresh content='0; url=URL'>\"></iframe>",
    '<base href="/call/counter/"><img src="increment?by=NUMBER">',
  ],
];
