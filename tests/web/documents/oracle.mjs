// What graphql-js says of a document over our schema: whether it could be executed, and where the first fault is.

import { readFileSync } from "node:fs";

import {
  GraphQLError,
  GraphQLScalarType,
  Kind,
  MaxIntrospectionDepthRule,
  Source,
  buildSchema,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { getVariableValues } from "graphql/execution/values.js";

const SCHEMA = new URL("../../../schema.graphql", import.meta.url);

/** The schema, with scalars of our own that are written as strings: the schema definition language cannot say so. */
export const schema = buildSchema(readFileSync(SCHEMA, "utf8"));
for (const type of Object.values(schema.getTypeMap())) {
  const isOurs = type instanceof GraphQLScalarType && !["Int", "Float", "String", "Boolean", "ID"].includes(type.name);
  if (!isOurs) continue;
  type.parseLiteral = (node) => {
    if (node.kind !== Kind.STRING) throw new GraphQLError(`${type.name} is written as a string`, { nodes: node });
    return node.value;
  };
  type.parseValue = (value) => {
    if (typeof value !== "string") throw new GraphQLError(`${type.name} is written as a string`);
    return value;
  };
}

/** How deep introspection may go is a limit, not a rule of the specification: ours are limits on every document. */
const RULES = specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule);

/**
 * Judges a document with the values of its variables. Answers with `valid`, and with the message and the place of
 * the first error.
 */
export function judge({ document, variables = {}, operationName = undefined }) {
  let parsed;
  try {
    parsed = parse(new Source(document));
  } catch (error) {
    return refused([error]);
  }
  const errors = validate(schema, parsed, RULES);
  if (errors.length > 0) return refused(errors);
  const operation = getOperationAST(parsed, operationName);
  if (!operation) return { valid: false, message: "no operation is meant", at: undefined };
  // The rule "operation types exist" of 2025 is not among those of this version.
  const root = schema.getRootType(operation.operation);
  if (!root) return { valid: false, message: "no root type", at: place(operation.loc) };
  const { errors: misfits } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return misfits ? refused(misfits) : { valid: true };
}

function refused(errors) {
  const [first] = errors;
  return { valid: false, message: first.message, at: first.locations?.[0] };
}

function place(loc) {
  return { line: loc.startToken.line, column: loc.startToken.column };
}
