// Chromium, driven line by line: {"call": "page.press", "with": ["Tab"]} on standard input, {"value": …} or {"error": …} on
// standard output. "open" makes a new page of its own; "heard" tells what the page said on its console and asked for. "fulfil" makes a
// page's text that of an address which nobody asks: what a server answered before its name was made to lead elsewhere. "download"
// clicks, and gives the name and the text of the file that the click saves. "work" gives the CPU seconds of the page's main thread since it
// was opened: https://chromedevtools.github.io/devtools-protocol/tot/Performance/
const { readFileSync } = require("node:fs");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

const [executablePath, profile, ...args] = process.argv.slice(2);
const PATIENCE = 600_000; // ms: only a test that fails waits so long, however busy the machine is
let browser, page, heard, session;

async function open(options) {
  await page?.close();
  await page?.context().close();
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Kolkata", ...options });
  context.setDefaultTimeout(PATIENCE);
  page = await context.newPage();
  heard = { console: [], errors: [], requests: [], responses: [] };
  session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  page.on("console", (message) => heard.console.push(message.text()));
  page.on("pageerror", (error) => heard.errors.push(String(error)));
  page.on("dialog", (dialog) => { heard.errors.push(dialog.message()); dialog.dismiss(); });
  page.on("response", (response) => heard.responses.push([response.url(), response.status()]));
  page.on("request", (request) => heard.requests.push(request.url()));
}

async function download(selector) {
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return [saved.suggestedFilename(), readFileSync(await saved.path(), "utf-8")];
}

async function answer({ call, with: given }) {
  if (call === "open") return open(...given);
  if (call === "heard") return heard;
  if (call === "work") return (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  if (call === "download") return download(...given);
  if (call === "fulfil") return page.route(given[0], (route) => route.fulfill({ contentType: "text/html", body: given[1] }));
  const names = call.split(".");
  const owner = names.slice(1, -1).reduce((object, name) => object[name], page);
  const value = await owner[names.at(-1)](...given);
  return ["goto", "screenshot", "pdf"].includes(names.at(-1)) ? null : value ?? null;
}

(async () => {
  browser = await chromium.launch({ executablePath, args, env: { ...process.env, HOME: profile }, timeout: PATIENCE });
  console.log(JSON.stringify({ value: browser.version() }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const told = await answer(JSON.parse(line)).then((value) => ({ value }), (error) => ({ error: String(error) }));
    console.log(JSON.stringify(told));
  }
  await browser.close();
})();
