// What a page of another origin can send. Each attack is given the target's address and returns what the page could read or run of the
// answer; nothing: it read nothing. `mark` puts the attack's name into the address, so that a server knows which ones reached it.
// In an attack by form or text the body is what SQS's query protocol would take for an order.
"use strict";
const ORDER = "Action=CreateQueue&QueueName=evil&Version=2012-11-05";
const TARGET = { "X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0" };
const JSON_ORDER = JSON.stringify({ QueueName: "evil" });
const LIMIT = 30_000; // ms, for an attack that never ends

const within = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, LIMIT, ""))]);
const loaded = (element, url) => new Promise((resolve) => {
  element.onload = () => resolve("loaded");
  element.onerror = () => resolve("");
  element[element.tagName === "LINK" ? "href" : "src"] = url;
  document.body.append(element);
});
const text = async (url, options) => (await fetch(url, options)).text();
const xhr = (method, url, headers = {}, body = null) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  request.open(method, url);
  Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.onload = () => resolve(request.responseText || "loaded");
  request.onerror = () => resolve("");
  request.send(body);
});
const framed = (frame) => {
  try {
    return frame.contentDocument?.body?.innerText ?? "";
  } catch {
    return "";
  }
};
const form = (url, enctype) => new Promise((resolve) => {
  const frame = Object.assign(document.createElement("iframe"), { name: `frame${document.forms.length}` });
  document.body.append(frame);
  const element = document.body.appendChild(document.createElement("form"));
  Object.assign(element, { method: "POST", action: url, target: frame.name, enctype });
  new URLSearchParams(ORDER).forEach((value, name) => {
    element.append(Object.assign(document.createElement("input"), { name, value }));
  });
  frame.onload = () => resolve(framed(frame));
  HTMLFormElement.prototype.submit.call(element);
});
const iframe = (url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.onload = () => resolve(framed(frame));
  frame.src = url;
  document.body.append(frame);
});
const sandboxed = (url) => new Promise((resolve) => {
  addEventListener("message", (event) => resolve(event.data), { once: true });
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts"; // its origin is null
  frame.srcdoc = `<script>fetch(${JSON.stringify(url)}).then((answer) => answer.text()).catch(() => "")` +
    `.then((text) => parent.postMessage(text, "*"))<\/script>`;
  document.body.append(frame);
});
const socket = (url) => new Promise((resolve) => {
  const opened = new WebSocket(url.replace(/^http/, "ws"));
  opened.onopen = () => resolve("open");
  opened.onerror = () => resolve("");
});
const events = (url) => new Promise((resolve) => {
  const source = new EventSource(url);
  source.onopen = () => { source.close(); resolve("open"); };
  source.onerror = () => { source.close(); resolve(""); };
});
const frameless = (element) => (url) => loaded(document.createElement(element), url);

const ATTACKS = {
  "fetch": (url) => text(url),
  "fetch with credentials": (url) => text(url, { credentials: "include" }),
  "fetch no-cors": (url) => text(url, { mode: "no-cors" }),
  "fetch without a referrer": (url) => text(url, { referrerPolicy: "no-referrer" }),
  "fetch kept alive": (url) => text(url, { keepalive: true }),
  "fetch HEAD": async (url) => String([...(await fetch(url, { method: "HEAD" })).headers]),
  "fetch POST of text": (url) => text(url, { method: "POST", body: ORDER, headers: { "Content-Type": "text/plain" } }),
  "fetch POST no-cors": (url) => text(url, { method: "POST", body: new URLSearchParams(ORDER), mode: "no-cors" }),
  "fetch POST of an order": (url) => text(url, { method: "POST", body: JSON_ORDER, headers: TARGET }),
  "fetch PUT": (url) => text(url, { method: "PUT", body: "x" }),
  "fetch DELETE": (url) => text(url, { method: "DELETE" }),
  "fetch by a redirect": (url) => text(`${REDIRECT}${encodeURIComponent(url)}`),
  "fetch of a sandbox": sandboxed,
  "XHR": (url) => xhr("GET", url),
  "XHR POST of a form": (url) => xhr("POST", url, { "Content-Type": "application/x-www-form-urlencoded" }, ORDER),
  "XHR POST of an order": (url) => xhr("POST", url, TARGET, JSON_ORDER),
  "form": (url) => form(url, "application/x-www-form-urlencoded"),
  "form of text": (url) => form(url, "text/plain"),
  "form of parts": (url) => form(url, "multipart/form-data"),
  "iframe": iframe,
  "image": frameless("img"),
  "script": frameless("script"),
  "module": (url) => import(url).then(() => "loaded"),
  "style sheet": (url) => loaded(Object.assign(document.createElement("link"), { rel: "stylesheet" }), url),
  "beacon": (url) => { navigator.sendBeacon(url, ORDER); return ""; },
  "WebSocket": socket,
  "event source": events,
};

window.attack = async (target, path) => {
  const read = {};
  for (const [name, send] of Object.entries(ATTACKS)) {
    const mark = `${path.includes("?") ? "&" : "?"}attack=${encodeURIComponent(name)}`;
    try {
      read[name] = (await within(send(`${target}${path}${mark}`))) || "";
    } catch {
      read[name] = "";
    }
  }
  return read;
};
