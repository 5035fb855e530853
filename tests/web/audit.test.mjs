// The audit of the specification of GraphQL over HTTP.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { serverAudits } from "graphql-http";

import { start } from "./program.mjs";

let program;

before(async () => {
  program = await start();
});

after(() => program?.stop());

for (const { id, name, fn } of serverAudits({ url: () => `${program.base}/graphql` })) {
  test(`${id}: ${name}`, async (context) => {
    const { status, reason, response } = await fn();
    if (status === "notice") {
      context.diagnostic(`notice: ${reason}`);
      return;
    }
    const answer = async () => `${response.status} ${response.headers.get("content-type")}\n${await response.text()}`;
    assert.equal(status, "ok", status === "ok" ? "" : `${reason}\n${await answer().catch(String)}`);
  });
}
