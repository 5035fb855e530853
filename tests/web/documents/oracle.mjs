// The verdict of graphql-js on a document: whether it is valid, and the location of the first error.

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

/** The schema. Our custom scalars are strings, which the schema definition language cannot express. */
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

/** The depth of introspection is a limit, not a rule of the specification. Our limits apply to every document. */
const RULES = specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule);

/**
 * Judges a document with the values of its variables. Returns `valid`, and the message and the location of the first
 * error.
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
  if (!operation) return { valid: false, message: "no operation is selected", at: undefined };
  // This version of graphql-js does not have the rule "operation types exist" of 2025.
  const root = schema.getRootType(operation.operation);
  if (!root) return { valid: false, message: "no root type", at: place(operation.loc) };
  const { errors: variableErrors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return variableErrors ? refused(variableErrors) : { valid: true };
}

function refused(errors) {
  const [first] = errors;
  return { valid: false, message: first.message, at: first.locations?.[0] };
}

function place(loc) {
  return { line: loc.startToken.line, column: loc.startToken.column };
}
