// The program and graphql-js judge documents alike.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { version } from "graphql";

import { CASES } from "./documents/cases.mjs";
import { explanation } from "./documents/differences.mjs";
import { generate } from "./documents/generator.mjs";
import { judge } from "./documents/oracle.mjs";
import { ask } from "./documents/ours.mjs";
import { start } from "./program.mjs";

const GENERATED = Number(process.env.GREYMATTERS_TEST_DOCUMENTS ?? 10_000);
const SEED = Number(process.env.GREYMATTERS_TEST_SEED ?? 20_250_901);
/** The maximum number of differences to show. */
const SHOWN = 20;

let program;

before(async () => {
  program = await start();
});

after(() => program?.stop());

test(`${CASES.length} cases, rule by rule: the verdict of graphql-js ${version}, and its first location`, async () => {
  const cases = CASES.map((one) => ({ ...one, theirs: judge(one) }));
  const surprising = cases.filter(({ valid, theirs }) => valid !== theirs.valid);
  assert.deepEqual(surprising, [], "graphql-js does not give the verdict that the case expects");
  const answers = await ask(program.base, cases);
  const wrong = cases
    .map((one, index) => ({ ...one, ours: answers[index] }))
    .filter(({ theirs, ours }) => theirs.valid !== ours.valid || !isSamePlace(theirs.at, ours.at))
    .filter((difference) => !explanation(difference));
  assert.equal(wrong.length, 0, shown(wrong));
});

test(`${GENERATED} generated documents (seed ${SEED}): the verdict of graphql-js ${version}`, async (context) => {
  const requests = [...generate(SEED, GENERATED)];
  const verdicts = requests.map(judge);
  const answers = await ask(program.base, requests);
  const differences = requests
    .map((one, index) => ({ ...one, theirs: verdicts[index], ours: answers[index] }))
    .filter(({ theirs, ours }) => theirs.valid !== ours.valid);
  const reasons = new Map();
  const wrong = differences.filter((difference) => {
    const why = explanation(difference);
    if (why) reasons.set(why, (reasons.get(why) ?? 0) + 1);
    return !why;
  });
  const valid = verdicts.filter((verdict) => verdict.valid).length;
  context.diagnostic(`${valid} valid, ${GENERATED - valid} not`);
  for (const [why, count] of reasons) context.diagnostic(`${count}: ${why}`);
  assert.ok(valid > GENERATED / 5 && valid < (GENERATED * 4) / 5, `${valid} of ${GENERATED} are valid`);
  assert.equal(wrong.length, 0, shown(wrong));
});

function isSamePlace(theirs, ours) {
  return theirs?.line === ours?.line && theirs?.column === ours?.column;
}

function shown(wrong) {
  const entries = wrong
    .slice(0, SHOWN)
    .map(({ rule, document, variables, theirs, ours }) =>
      [rule ?? "", document, JSON.stringify(variables ?? {}), `graphql-js: ${JSON.stringify(theirs)}`, `ours: ${JSON.stringify(ours)}`].join("\n  "),
    );
  return `${wrong.length} differences\n${entries.join("\n\n")}`;
}
