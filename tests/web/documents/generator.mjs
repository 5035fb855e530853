// Random documents for our schema, some with mistakes. They depend only on the seed.

import {
  Kind,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  print,
  visit,
} from "graphql";

import { schema } from "./oracle.mjs";

const MAX_DEPTH = 5;
const MAX_MISTAKES = 3;

/** Returns `count` requests: `{ document, variables }`. */
export function* generate(seed, count) {
  const random = new Random(seed);
  for (let number = 0; number < count; number++) {
    const request = new Writer(random).request();
    yield random.chance(0.4) ? request : withMistakes(random, request);
  }
}

/** The random number generator mulberry32. */
class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(limit) {
    return Math.floor(this.next() * limit);
  }
  chance(probability) {
    return this.next() < probability;
  }
  pick(entries) {
    return entries[this.below(entries.length)];
  }
}

const name = (value) => ({ kind: Kind.NAME, value });
const variable = (value) => ({ kind: Kind.VARIABLE, name: name(value) });

/** Writes a valid document. */
class Writer {
  constructor(random) {
    this.random = random;
    this.definitions = [];
    this.values = {};
    this.fragments = [];
  }

  request() {
    const isMutation = this.random.chance(0.15);
    const root = isMutation ? schema.getMutationType() : schema.getQueryType();
    const selectionSet = this.selections(root, 0);
    const operation = {
      kind: Kind.OPERATION_DEFINITION,
      operation: isMutation ? "mutation" : "query",
      name: this.random.chance(0.5) ? name("Q") : undefined,
      variableDefinitions: this.definitions,
      directives: [],
      selectionSet,
    };
    const document = { kind: Kind.DOCUMENT, definitions: [operation, ...this.fragments] };
    return { document: print(document), variables: this.values, tree: document };
  }

  selections(type, depth) {
    const items = [];
    const wanted = 1 + this.random.below(depth === 0 ? 2 : 4);
    for (let number = 0; number < wanted; number++) {
      if (depth < MAX_DEPTH && this.random.chance(0.15)) items.push(this.fragment(type, depth));
      else items.push(this.field(type, depth, number));
    }
    return { kind: Kind.SELECTION_SET, selections: items };
  }

  fragment(type, depth) {
    const on = isAbstractType(type) ? this.random.pick([type, ...schema.getPossibleTypes(type)]) : type;
    const selectionSet = this.selections(on, depth + 1);
    const typeCondition = { kind: Kind.NAMED_TYPE, name: name(on.name) };
    if (this.random.chance(0.5)) {
      const condition = on === type && this.random.chance(0.3) ? undefined : typeCondition;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition: condition, directives: this.directives(), selectionSet };
    }
    const called = `F${this.fragments.length}`;
    this.fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name: name(called), typeCondition, directives: [], selectionSet });
    return { kind: Kind.FRAGMENT_SPREAD, name: name(called), directives: this.directives() };
  }

  field(type, depth, number) {
    const typename = () => ({ kind: Kind.FIELD, name: name("__typename"), directives: this.directives() });
    if (this.random.chance(0.08)) return typename();
    const fields = Object.values(type.getFields()).filter((field) => depth < MAX_DEPTH || !isCompositeType(getNamedType(field.type)));
    if (fields.length === 0) return typename();
    const field = this.random.pick(fields);
    const inner = getNamedType(field.type);
    const args = field.args.flatMap((arg) => {
      const isWanted = isRequiredArgument(arg) || arg.name === "first" || this.random.chance(0.15);
      return isWanted ? [this.argument(arg)] : [];
    });
    return {
      kind: Kind.FIELD,
      // With an alias, fields seldom have the same response name.
      alias: this.random.chance(0.7) ? name(`a${depth}_${number}_${this.random.below(1000)}`) : undefined,
      name: name(field.name),
      arguments: args,
      directives: this.directives(),
      selectionSet: isCompositeType(inner) ? this.selections(inner, depth + 1) : undefined,
    };
  }

  argument(arg) {
    const isPage = ["first", "last"].includes(arg.name);
    const value = isPage ? { kind: Kind.INT, value: String(this.random.below(2)) } : this.value(arg.type, arg.defaultValue !== undefined, 0);
    return { kind: Kind.ARGUMENT, name: name(arg.name), value };
  }

  directives() {
    if (!this.random.chance(0.05)) return [];
    const called = this.random.pick(["include", "skip"]);
    const condition = schema.getDirective(called).args[0];
    const value = this.value(condition.type, false, 0);
    return [{ kind: Kind.DIRECTIVE, name: name(called), arguments: [{ kind: Kind.ARGUMENT, name: name("if"), value }] }];
  }

  value(type, hasDefault, depth, isOneOf = false) {
    if (this.random.chance(0.25)) return this.variable(type, hasDefault, isOneOf);
    return literal(this.plain(type, depth, isOneOf), type);
  }

  variable(type, hasDefault, isOneOf) {
    const called = `v${this.definitions.length}`;
    let own = type;
    let defaultValue;
    if (isNonNullType(type) && !isOneOf && this.random.chance(0.3)) {
      own = type.ofType;
      defaultValue = hasDefault && this.random.chance(0.5) ? undefined : literal(this.plain(type, 2), type);
    }
    if (isOneOf && !isNonNullType(own)) own = { toString: () => `${type}!`, ofType: type, isOneOf: true };
    this.definitions.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable: variable(called),
      type: typeNode(String(own)),
      defaultValue,
      directives: [],
    });
    if (isNonNullType(type) || isOneOf || this.random.chance(0.7)) this.values[called] = this.plain(type, 0, true);
    return variable(called);
  }

  /** A random value of a type, as JSON. */
  plain(type, depth, isGiven = false) {
    if (!isNonNullType(type) && !isGiven && this.random.chance(0.1)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      if (this.random.chance(0.2)) return this.plain(nullable.ofType, depth, true);
      return Array.from({ length: this.random.below(3) }, () => this.plain(nullable.ofType, depth));
    }
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields());
      if (nullable.isOneOf) {
        const field = this.random.pick(fields);
        return { [field.name]: this.plain(field.type, depth + 1, true) };
      }
      const wanted = fields.filter((field) => isRequiredInputField(field) || this.random.chance(depth < 3 ? 0.25 : 0));
      return Object.fromEntries(wanted.map((field) => [field.name, this.plain(field.type, depth + 1)]));
    }
    if (isEnumType(nullable)) return this.random.pick(nullable.getValues()).name;
    switch (nullable.name) {
      case "Int":
        return this.random.pick([0, 1, 2, -1, 2147483647, -2147483648]);
      case "Boolean":
        return this.random.chance(0.5);
      case "ID":
        return this.random.pick(["article_01h455vb4pex5vsknk084sn02q", "x", "", 7]);
      case "DateTime":
        return "2024-02-23T09:00:00Z";
      default:
        return this.random.pick(["a", "", "seo", "é😀\n\"", "en"]);
    }
  }
}

function literal(value, type) {
  const nullable = getNullableType(type);
  if (value === null) return { kind: Kind.NULL };
  if (Array.isArray(value)) return { kind: Kind.LIST, values: value.map((entry) => literal(entry, nullable.ofType)) };
  if (isListType(nullable)) return literal(value, nullable.ofType);
  if (typeof value === "object") {
    const fields = Object.entries(value).map(([key, entry]) => ({
      kind: Kind.OBJECT_FIELD,
      name: name(key),
      value: literal(entry, nullable.getFields()[key].type),
    }));
    return { kind: Kind.OBJECT, fields };
  }
  if (isEnumType(nullable)) return { kind: Kind.ENUM, value };
  if (typeof value === "number") return { kind: Kind.INT, value: String(value) };
  if (typeof value === "boolean") return { kind: Kind.BOOLEAN, value };
  return { kind: Kind.STRING, value };
}

function typeNode(text) {
  if (text.endsWith("!")) return { kind: Kind.NON_NULL_TYPE, type: typeNode(text.slice(0, -1)) };
  if (text.startsWith("[")) return { kind: Kind.LIST_TYPE, type: typeNode(text.slice(1, -1)) };
  return { kind: Kind.NAMED_TYPE, name: name(text) };
}

/** All names in the schema, for mistakes with names. */
const NAMES = [
  ...Object.values(schema.getTypeMap()).flatMap((type) => [
    type.name,
    ...Object.keys(type.getFields?.() ?? {}),
    ...(type.getValues?.() ?? []).map((value) => value.name),
  ]),
  "include", "skip", "if", "Q", "F0", "F1", "v0", "v1", "nothing", "deprecated", "oneOf",
];

/** The same request with a few mistakes. */
function withMistakes(random, { tree, variables }) {
  if (random.chance(0.1)) return { document: withTextMistake(random, print(tree)), variables };
  if (random.chance(0.15) && Object.keys(variables).length > 0) {
    return { document: print(tree), variables: withVariableMistake(random, variables) };
  }
  let mistakes = 1 + random.below(MAX_MISTAKES);
  let current = tree;
  while (mistakes-- > 0) current = withTreeMistake(random, current);
  let document;
  try {
    document = print(current);
  } catch {
    document = print(tree);
  }
  return { document, variables };
}

/** Makes one mistake in the text of a document. */
function withTextMistake(random, text) {
  const at = random.below(text.length);
  const inserted = random.pick(["{", "}", "(", ")", "[", "]", "$", "@", "!", ":", "...", "\"", "1", "a", "é", "#", "=", "-", "\"\"\"", "\\"]);
  return random.chance(0.5)
    ? text.slice(0, at) + text.slice(at + 1 + random.below(3))
    : text.slice(0, at) + inserted + text.slice(at);
}

/** Makes one mistake in the values of variables. */
function withVariableMistake(random, variables) {
  const changed = structuredClone(variables);
  const key = random.pick(Object.keys(changed));
  const wrong = () => random.pick([null, 1, 1.5, -1, "a", true, [], {}, [null], { nothing: 1 }, 2147483648, ["a", 1]]);
  if (random.chance(0.2)) delete changed[key];
  else if (random.chance(0.4) && changed[key] !== null && typeof changed[key] === "object") {
    const inner = Object.keys(changed[key]);
    const at = inner.length > 0 && random.chance(0.7) ? random.pick(inner) : Array.isArray(changed[key]) ? 0 : random.pick(NAMES);
    changed[key][at] = wrong();
  } else changed[key] = wrong();
  return changed;
}

const LISTS = ["definitions", "selections", "arguments", "directives", "variableDefinitions", "fields", "values"];

/** Makes one mistake in the syntax tree of a document. */
function withTreeMistake(random, tree) {
  const changed = structuredClone(tree);
  const nodes = [];
  visit(changed, { enter: (node) => void nodes.push(node) });
  const of = (...kinds) => nodes.filter((node) => kinds.includes(node.kind));
  // This list is never empty, because the operation has selections.
  const withList = nodes.filter((node) => LISTS.some((list) => node[list]?.length > 0));
  switch (random.below(8)) {
    case 0: {
      const node = random.pick(of(Kind.NAME));
      if (!node) break;
      node.value = random.chance(0.3) ? `${node.value}x` : random.pick(NAMES);
      break;
    }
    case 1: {
      const node = random.pick(withList);
      const list = random.pick(LISTS.filter((list) => node[list]?.length > 0));
      if (node[list].length > 1 || list !== "definitions") node[list].splice(random.below(node[list].length), 1);
      break;
    }
    case 2: {
      const node = random.pick(withList);
      const list = random.pick(LISTS.filter((list) => node[list]?.length > 0));
      node[list].push(structuredClone(random.pick(node[list])));
      break;
    }
    case 3: {
      const values = of(Kind.ARGUMENT, Kind.OBJECT_FIELD);
      if (values.length === 0) break;
      random.pick(values).value = random.pick([
        { kind: Kind.NULL },
        { kind: Kind.INT, value: random.pick(["1", "-5", "2147483648", "99999999999999999999"]) },
        { kind: Kind.FLOAT, value: random.pick(["1.5", "1e3", "1.0"]) },
        { kind: Kind.STRING, value: random.pick(["a", "TITLE", "1"]) },
        { kind: Kind.BOOLEAN, value: true },
        { kind: Kind.ENUM, value: random.pick(NAMES.filter((one) => !["true", "false", "null"].includes(one))) },
        { kind: Kind.LIST, values: [] },
        { kind: Kind.LIST, values: [{ kind: Kind.NULL }] },
        { kind: Kind.OBJECT, fields: [] },
        variable(random.pick(["v0", "v1", "v2", "nothing"])),
      ]);
      break;
    }
    case 4: {
      const definitions = of(Kind.VARIABLE_DEFINITION);
      if (definitions.length === 0) break;
      const definition = random.pick(definitions);
      const { type } = definition;
      definition.type = random.pick([
        type.kind === Kind.NON_NULL_TYPE ? type.type : { kind: Kind.NON_NULL_TYPE, type },
        { kind: Kind.LIST_TYPE, type },
        typeNode(random.pick(["Int", "String", "ID", "Boolean", "Slug", "[Slug!]", "ArticleWhere", "Article", "Nothing"])),
      ]);
      break;
    }
    case 5: {
      const places = nodes.filter((node) => Array.isArray(node.directives));
      if (places.length === 0) break;
      const called = random.pick(["include", "skip", "nothing", "deprecated", "oneOf"]);
      const condition = { kind: Kind.ARGUMENT, name: name("if"), value: { kind: Kind.BOOLEAN, value: random.chance(0.5) } };
      random.pick(places).directives.push({ kind: Kind.DIRECTIVE, name: name(called), arguments: random.chance(0.8) ? [condition] : [] });
      break;
    }
    case 6: {
      const [one, other] = [random.pick(of(Kind.FIELD)), random.pick(of(Kind.FIELD))];
      if (!one || !other || one === other) break;
      if (random.chance(0.5)) one.alias = structuredClone(other.alias ?? other.name);
      else other.selectionSet = random.chance(0.5) ? undefined : structuredClone(one.selectionSet);
      break;
    }
    default: {
      const conditions = nodes.filter((node) => node.typeCondition);
      const spreads = of(Kind.FRAGMENT_SPREAD);
      if (conditions.length > 0) random.pick(conditions).typeCondition = typeNode(random.pick(["Article", "Tag", "Node", "Query", "Edition", "Int", "Nothing"]));
      if (spreads.length > 0 && random.chance(0.5)) random.pick(spreads).name = name(random.pick(["F0", "F1", "F2", "nothing"]));
    }
  }
  return changed;
}
