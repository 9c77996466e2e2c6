// Opens pages in headless Chromium and says what is wrong with them.
// Usage: node check.mjs CHROMIUM PAGE...

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [executablePath, ...pages] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const views = [
  { name: "desktop", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "desktop, dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { name: "narrowest phone", viewport: { width: 320, height: 640 }, colorScheme: "dark" },
];

const faults = [];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
for (const page of pages) {
  for (const view of views) {
    for (const fault of await look(page, view)) faults.push(`${basename(page)}, ${view.name}: ${fault}`);
  }
  await print(page);
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages, ${views.length} views, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function look(path, { viewport, colorScheme }) {
  const found = [];
  const address = pathToFileURL(path).href;
  // The page's own policy forbids scripts; axe is let past it from outside, so that the page is checked as it is.
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  const tab = await context.newPage();
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && found.push(`console: ${message.text()}`));
  tab.on("pageerror", (error) => found.push(`script error: ${error.message}`));
  tab.on("request", (request) => {
    const asked = request.url();
    if (asked !== address && !asked.startsWith("data:")) found.push(`asked for ${asked}`);
  });
  await tab.goto(address);
  found.push(...(await tab.evaluate(() => {
    const wrong = [];
    const word = document.querySelector("h1")?.innerText.trim();
    if (!["READY", "NOT READY", "INCOMPLETE"].includes(word)) wrong.push(`the heading says ${word}`);
    if (document.querySelectorAll("tbody tr[data-group]").length < 39) wrong.push("requirements are missing");
    if (window.harmed) wrong.push("text from outside ran as a script");
    if (document.scripts.length !== 1) wrong.push(`${document.scripts.length} script elements`);
    JSON.parse(document.getElementById("result").textContent);
    for (const link of document.querySelectorAll("a[href^='#']")) {
      if (!document.getElementById(link.hash.slice(1))) wrong.push(`${link.hash} leads nowhere`);
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    if (new Set(ids).size !== ids.length) wrong.push("ids are not unique");
    return wrong;
  })));
  found.push(...(await contentsThatCannotBeReached(tab)));
  await tab.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
  found.push(...(await overflow(tab)));
  found.push(...(await inaccessible(tab)));
  await context.close();
  return found;
}

/** The filters are style sheets alone: each has to leave its rows, and only those. */
async function contentsThatCannotBeReached(tab) {
  const wrong = [];
  for (const key of ["work", "ask", "done", "all"]) {
    await tab.check(`#show-${key}`);
    const shown = await tab.evaluate(() => [...document.querySelectorAll("tr[data-group]")].filter((row) => row.offsetHeight > 0).map((row) => row.dataset.group));
    const all = await tab.evaluate(() => [...document.querySelectorAll("tr[data-group]")].map((row) => row.dataset.group));
    const wanted = all.filter((group) => key === "all" || group === key);
    if (shown.join() !== wanted.join()) wrong.push(`the filter ${key} shows ${shown.length} rows of ${wanted.length}`);
  }
  return wrong;
}

/** The page itself never scrolls sideways; wide tables scroll in boxes of their own. */
async function overflow(tab) {
  return tab.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > room + 1 && !element.closest(".scroll"));
    return [`wider than the screen: ${document.documentElement.scrollWidth} > ${room}, ${wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)).join(" | ")}`];
  });
}

async function inaccessible(tab) {
  const session = await tab.context().newCDPSession(tab);
  const run = `${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((seen) => JSON.stringify(seen.violations))`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression: run, awaitPromise: true, allowUnsafeEvalBlockedByCSP: true });
  if (exceptionDetails) return [`axe did not run: ${exceptionDetails.text}`];
  return JSON.parse(result.value)
    .filter((violation) => ["serious", "critical", "moderate"].includes(violation.impact))
    .map((violation) => `${violation.impact}: ${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** On paper nothing is folded. */
async function print(path) {
  const context = await browser.newContext({ colorScheme: "dark" });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(path).href);
  await tab.emulateMedia({ media: "print" });
  const folded = await tab.evaluate(() => [...document.querySelectorAll("details > :not(summary)")].filter((part) => part.getBoundingClientRect().height === 0).length);
  if (folded > 0) faults.push(`${basename(path)}, on paper: ${folded} parts are folded`);
  const pdf = await tab.pdf({ preferCSSPageSize: true });
  if (pdf.length < 10_000) faults.push(`${basename(path)}, on paper: an empty document`);
  await context.close();
}
