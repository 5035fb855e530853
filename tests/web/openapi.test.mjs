// Validates the OpenAPI description of the REST interface.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Validator } from "@seriousme/openapi-schema-validator";

import { start } from "./program.mjs";

let program;

before(async () => {
  program = await start();
});

after(() => program?.stop());

test("the description is valid OpenAPI 3.1, and its references can be resolved", async () => {
  const response = await fetch(`${program.base}/openapi.json`);
  assert.equal(response.status, 200);
  const validator = new Validator();
  const { valid, errors } = await validator.validate(await response.json());
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(validator.version, "3.1");
  assert.doesNotThrow(() => validator.resolveRefs());
});
