// GraphiQL in a real browser.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

import { start } from "./program.mjs";

const CHROMIUM = [process.env.CHROMIUM_BIN, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const EXECUTE = ".graphiql-execute-button";
const QUERY_EDITOR = ".graphiql-query-editor";
const HEADERS_EDITOR = ".graphiql-editor-tool .graphiql-editor:not(.hidden)";

let program;
let browser;

before(async () => {
  const executablePath = CHROMIUM.find((path) => path && existsSync(path));
  assert.ok(executablePath, 'Chromium is missing: "apt-get install chromium", or name it in CHROMIUM_BIN');
  program = await start();
  browser = await chromium.launch({ executablePath, args: QUIET });
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

/** Opens GraphiQL, and records errors of the page. */
async function open(path = "/graphiql") {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  const faults = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== program.base) faults.push(`requested ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`thrown: ${error}`));
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`${event.violatedDirective} forbids ${event.blockedURI || "inline"}`),
    ),
  );
  await page.goto(`${program.base}${path}`);
  await page.waitForSelector(EXECUTE);
  return { page, faults };
}

/** Runs the document in the editor, and returns the answer of the server. */
async function execute(page) {
  const answered = page.waitForResponse(
    (response) =>
      response.url().endsWith("/graphql") && !response.request().postDataJSON().query.includes("__schema"),
  );
  await page.click(EXECUTE);
  return (await answered).json();
}

/** The text in the editor. */
function editorText(page) {
  return page.locator(`${QUERY_EDITOR} .CodeMirror`).evaluate((editor) => editor.CodeMirror.getValue());
}

async function write(page, editor, text) {
  await page.locator(`${editor} .CodeMirror`).evaluate((editor, text) => editor.CodeMirror.setValue(text), text);
}

async function writeHeaders(page, headers) {
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  await write(page, HEADERS_EDITOR, JSON.stringify(headers));
}

test("the first query shows the latest articles", async () => {
  const { page, faults } = await open();
  assert.equal(await page.title(), "GraphiQL – GreyMatters");

  const { data, errors } = await execute(page);
  assert.equal(errors, undefined);
  assert.ok(data.articles.totalCount > 0, "the sample publication has articles");
  assert.equal(data.articles.nodes.length, 5);
  assert.ok(data.articles.nodes.every((article) => article.tags.length > 0));
  await page.locator(".result-window", { hasText: data.articles.nodes[0].title }).waitFor();

  assert.deepEqual(faults, []);
  await page.context().close();
});

test("the documentation shows the graph", async () => {
  const { page, faults } = await open();
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  const docs = page.locator(".graphiql-doc-explorer");
  await docs.getByText("Query", { exact: true }).first().click();
  await docs.getByText("A list of articles: filtered, sorted and in pages.").waitFor();
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("the dialogs work under the content security policy", async () => {
  const { page, faults } = await open();
  for (const name of ["Open short keys dialog", "Open settings dialog"]) {
    await page.getByRole("button", { name }).click();
    await page.getByRole("dialog").waitFor();
    assert.equal(await page.getByText("Persist headers").count(), 0);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("the commented mutation runs with a key, and the browser does not store the key", async () => {
  const { page, faults } = await open();
  const first = await editorText(page);
  const mutation = first.slice(first.indexOf("# mutation")).replaceAll(/^# ?/gm, "");
  await writeHeaders(page, { Authorization: `Bearer ${program.key}` });
  await write(page, QUERY_EDITOR, mutation);
  // GraphiQL reads the text after a short delay.
  await page.waitForFunction(() => localStorage["graphiql:operationName"] === "FirstDraft");

  const { data, errors } = await execute(page);
  assert.equal(errors, undefined);
  assert.deepEqual(data.articleCreate.userErrors, []);
  assert.equal(data.articleCreate.article.version, 1);
  await page.getByRole("button", { name: "Show History" }).click();
  await page.locator(".graphiql-history-item", { hasText: "FirstDraft" }).first().waitFor();

  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(stored.includes("FirstDraft"), "the history is stored");
  assert.ok(!stored.includes(program.key), "the key is stored");
  assert.deepEqual(faults, []);
  await page.context().close();
});

/** Sends a document with the key of an editor. */
async function edit(query, variables) {
  const response = await fetch(`${program.base}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${program.key}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

test("a preview link opens GraphiQL, and shows the draft", async () => {
  const { articleCreate } = await edit(
    `mutation { articleCreate(input: {title: "Seen by few", body: "Not yet public."}) { article { id slug } } }`,
  );
  const { id, slug } = articleCreate.article;
  const { previewCreate } = await edit(
    `mutation ($id: ID!) { previewCreate(input: {articleId: $id}) { url userErrors { message } } }`,
    { id },
  );
  assert.deepEqual(previewCreate.userErrors, []);
  const query = `{ article(by: {slug: "${slug}"}) { title body { text } } }`;

  const previewing = await open(previewCreate.url);
  assert.match(previewing.page.url(), /\/graphiql\?preview=gmp_/);
  await previewing.page.getByText("GreyMatters: preview").waitFor();
  await write(previewing.page, QUERY_EDITOR, `query Previewed ${query}`);
  await previewing.page.waitForFunction(() => localStorage["graphiql:operationName"] === "Previewed");
  assert.equal((await execute(previewing.page)).data.article.title, "Seen by few");
  await previewing.page.locator(".result-window", { hasText: "Not yet public." }).waitFor();
  assert.deepEqual(previewing.faults, []);
  await previewing.page.context().close();

  const reading = await fetch(`${program.base}/graphql?${new URLSearchParams({ query })}`);
  assert.equal((await reading.json()).data.article, null);
});

test("the answer says that a key is refused", async () => {
  const { page } = await open();
  await writeHeaders(page, { Authorization: "Bearer gmk_wrong" });
  const { errors } = await execute(page);
  assert.equal(errors[0].extensions.code, "UNAUTHENTICATED");
  await page.locator(".result-window", { hasText: "UNAUTHENTICATED" }).waitFor();
  await page.context().close();
});

test("the page and its files have their headers", async () => {
  const page = await fetch(`${program.base}/graphiql`);
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[0-9a-f]{32}';/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  const again = await fetch(`${program.base}/graphiql/`);
  assert.equal(again.url, `${program.base}/graphiql`);
  assert.notEqual(again.headers.get("content-security-policy"), policy);

  for (const [, path] of (await page.text()).matchAll(/(?:src|href)="(graphiql\/[^"]+)"/g)) {
    const file = await fetch(`${program.base}/${path}`);
    assert.equal(file.status, 200, path);
    const type = path.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
    assert.equal(file.headers.get("content-type"), type, path);
    assert.equal(file.headers.get("x-content-type-options"), "nosniff", path);
    const cache = path.includes("/page.") ? "no-cache" : "public, max-age=31536000, immutable";
    assert.equal(file.headers.get("cache-control"), cache, path);
  }
  assert.equal((await fetch(`${program.base}/graphiql/nothing.js`)).status, 404);
});
