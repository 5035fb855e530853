//! The seeds of the search: requests that were expensive in the past.

use std::fmt::Write as _;

use documents::{Limits, Schema, tree};

use super::document::{Document, Field, Item, Set};
use super::grammar::Grammar;
use super::literal::Literal;
use super::rest::{Address, Endpoints};
use super::values::Values;

/// The seeds.
pub(crate) struct Seeds {
    pub(crate) documents: Vec<Document>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) texts: Vec<String>,
    pub(crate) variables: Vec<String>,
}

impl Seeds {
    pub(crate) fn new(schema: &Schema, grammar: &Grammar, endpoints: &Endpoints) -> Self {
        let valid = valid(&grammar.values);
        let mut texts = invalid();
        texts.extend(valid.iter().cloned());
        Self {
            documents: valid.iter().filter_map(|text| read(schema, grammar, text)).collect(),
            addresses: addresses(endpoints, &grammar.values),
            texts,
            variables: variables(&grammar.values),
        }
    }
}

/// Joins `count` parts with spaces.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(" ")
}

fn quoted(slugs: &[String], count: usize) -> String {
    let slugs: Vec<_> =
        slugs.iter().cycle().take(count.min(slugs.len() * 2)).map(|slug| format!("\"{slug}\"")).collect();
    slugs.join(",")
}

/// Documents that are valid, except that some exceed a limit.
fn valid(values: &Values) -> Vec<String> {
    let Values { tags, topics, authors, articles, .. } = values;
    let term = |place: usize| {
        let tag = tags.get(place % tags.len().max(1)).map(String::as_str).unwrap_or_default();
        format!("{{tags:{{any:[\"{tag}\"]}}}}")
    };
    let terms = |from: usize, count: usize| (from..from + count).map(term).collect::<Vec<_>>().join(",");
    let count =
        |place: usize| format!("a{place}:articles(where:{{or:[{}]}}){{totalCount}}", terms(place, 10));
    let nested = (0..9).fold(format!("{{and:[{}]}}", terms(0, 60)), |inner, _| format!("{{not:{inner}}}"));
    vec![
        format!("{{{}}}", many(50, count)),
        format!("{{{}}}", many(24, |place| format!("a{place}:articles(where:{}){{totalCount}}", term(place)))),
        format!("{{articles(where:{{tags:{{none:[{}]}}}}){{totalCount}}}}", quoted(tags, 60)),
        format!("{{articles(where:{{tags:{{none:[{}]}}}},orderBy:{{field:TITLE}},first:100){{nodes{{id}}}}}}", quoted(tags, 190)),
        format!("{{articles(where:{{tags:{{all:[{}]}}}},first:100){{totalCount nodes{{id}}}}}}", quoted(tags, 30)),
        format!("{{articles(where:{nested}){{totalCount nodes{{id}}}}}}"),
        format!("{{articles(where:{{and:[{{tags:{{any:[{}]}}}},{{topics:{{in:[{}]}}}},{{authors:{{none:[{}]}}}}]}},first:100){{totalCount nodes{{id title}}}}}}", quoted(tags, 60), quoted(topics, 12), quoted(authors, 50)),
        format!("{{articles(first:100,offset:2000){{nodes{{body{{{}}}}}}}}}", many(400, |place| format!("h{place}:html"))),
        "{articles(first:100){nodes{body{markdown html text outline{level anchor text} images{url alt title} wordCount readingTimeMinutes}}}}".to_owned(),
        format!("{{articles(first:100){{nodes{{{}}}}}}}", many(150, |place| format!("e{place}:excerpt(maxLength:{})", place + 1))),
        format!("{{__schema{{types{{fields{{{}}}}}}}}}", many(190, |place| format!("x{place}:name"))),
        "{__schema{types{name description fields{name description args{name description type{name kind ofType{name}}} type{name kind ofType{name kind ofType{name kind ofType{name}}}}} inputFields{name} enumValues{name} possibleTypes{name} interfaces{name}} directives{name args{name}}}}".to_owned(),
        "{articles(first:100,offset:10000,orderBy:{field:TITLE,direction:ASC}){totalCount edges{cursor node{id slug locale title deck excerpt heroImage{url alt} authors{id name articleCount} topics{id path{name} children{id articleCount}} tags{id name articleCount} seo{title} aliases edition{number at cacheTags}}}}}".to_owned(),
        "{articles(first:100){nodes{edition{number at cacheTags} version updatedAt}}}".to_owned(),
        format!("{{{}}}", many(40, |place| format!("a{place}:articles(first:100,offset:{}){{nodes{{id title body{{html}}}}}}", place * 100))),
        format!("{{{}}}", many(40, |place| format!("a{place}:articles(first:100,offset:{},orderBy:{{field:UPDATED_AT}}){{nodes{{id}}}}", 10_000 - place))),
        "{tags(first:100){totalCount nodes{id name slug articleCount version}} topics{id articleCount children{id articleCount children{id articleCount}} path{id}} authors(first:100){totalCount nodes{id name bio articleCount}} redirects(first:100){nodes{slug kind httpStatus article{id} url}}}".to_owned(),
        format!("{{{}}}", many(50, |place| format!("a{place}:article(by:{{slug:\"{}\"}}){{id body{{html}} edition{{cacheTags}}}}", articles.get(place).map(String::as_str).unwrap_or_default()))),
        format!("{{{}}}", many(50, |place| format!("a{place}:tags(first:100,where:{{nameContains:\"a\"}}){{totalCount nodes{{id articleCount}}}}"))),
        format!("{{articles(first:100){{nodes{{{}}}}}}}", many(2_000, |_| "id".to_owned())),
        format!("{{{}}}", many(2_000, |_| "articles(first:1){nodes{id title}}".to_owned())),
        format!("{{...F0}} {}", many(30, |place| if place < 29 { format!("fragment F{place} on Query{{...F{} ...F{}}}", place + 1, place + 1) } else { format!("fragment F{place} on Query{{__typename}}") })),
    ]
}

/// Documents that are refused.
fn invalid() -> Vec<String> {
    let deep =
        |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    let mut chain = "{...F0}".to_owned();
    for place in 0..200 {
        // Writing to a string does not fail.
        let _ = write!(chain, " fragment F{place} on Query{{...F{} ...F{}}}", place + 1, (place + 2) % 200);
    }
    vec![
        format!("{{{}", "a ".repeat(14_000)),
        format!("{{{}}}", many(7_000, |place| format!("unknown{place}"))),
        format!("{{{}}}", many(3_000, |place| format!("articels(frist:{place}){{nodse{{titel}}}}"))),
        format!("{{{}}}", many(60, |_| "tagsArticlesAuthorsRedirects".repeat(7))),
        format!(
            "{{articles{{nodes{{{}}}}}}}",
            many(3_000, |place| if place % 2 == 0 { "x:id".to_owned() } else { "x:title".to_owned() })
        ),
        format!("{{{}}}", many(1_500, |place| format!("articles(first:{place}){{nodes{{id}}}}"))),
        format!(
            "{{{} {}}}",
            many(1_000, |_| "articles(first:1){nodes{id}}".to_owned()),
            "articles(first:1){nodes{id:title}}"
        ),
        format!("{{articles(where:{}){{totalCount}}}}", deep("{not:", "}", 90)),
        format!("{{articles(where:{{tags:{{any:{}}}}}){{totalCount}}}}", deep("[", "]", 95)),
        format!(
            "{{articles(where:{{tags:{{any:[{}]}}}}){{totalCount}}}}",
            many(6_000, |place| place.to_string())
        ),
        format!("query({}){{__typename}}", many(190, |place| format!("$v{place}:ArticleWhere={{locale:1}}"))),
        format!("{}", many(100, |place| format!("query Q{place}{{articles{{nodes{{...F}}}}}}"))),
        chain,
        format!("{{article(by:{{slug:\"{}\"}}){{id}}}}", "x".repeat(200_000)),
        format!("{{article(by:{{slug:\"{}\"}}){{id}}}}", "\\u00e9".repeat(30_000)),
        format!("{{article(by:{{slug:\"\"\"{}\"\"\"}}){{id}}}}", "\n      x".repeat(20_000)),
        format!("{{__typename {}}}", "@skip(if:false)".repeat(200)),
        format!("{{{}}}", "#".repeat(250_000)),
        ",".repeat(250_000),
        format!("{{{}}}", many(1_000, |place| format!("a{place}:__typename"))),
        format!("{{articles{{nodes{{{}}}}}}}", many(2_000, |place| format!("...on Tag{{id{place}}}"))),
        format!("{{...F}} fragment F on Query{{{}}}", many(5_000, |_| "...F".to_owned())),
    ]
}

/// Variables of a document that takes a filter and a list of ids.
fn variables(values: &Values) -> Vec<String> {
    let slugs = quoted(&values.tags, 190);
    let nested =
        (0..9).fold(format!(r#"{{"tags":{{"any":[{slugs}]}}}}"#), |inner, _| format!(r#"{{"not":{inner}}}"#));
    let numbers = (0..30_000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let branches = vec![format!(r#"{{"tags":{{"none":[{}]}}}}"#, quoted(&values.tags, 3)); 40].join(",");
    vec![
        r#"{"n":[]}"#.to_owned(),
        format!(r#"{{"n":[],"w":{nested}}}"#),
        format!(r#"{{"n":[],"w":{{"or":[{branches}]}}}}"#),
        format!(r#"{{"n":[{numbers}]}}"#),
        format!(r#"{{"n":[],"w":{{"tags":{{"any":[{numbers}]}}}}}}"#),
        format!(r#"{{"n":{}{}}}"#, "[".repeat(100), "]".repeat(100)),
        format!(r#"{{"n":[{}]}}"#, vec!["\"article_01h455vb4pex5vsknk084sn02q\""; 5_000].join(",")),
    ]
}

fn addresses(endpoints: &Endpoints, values: &Values) -> Vec<Address> {
    let some =
        |slugs: &[String], count: usize| slugs.iter().take(count).cloned().collect::<Vec<_>>().join(",");
    let text = |text: &str| text.to_owned();
    let known = [
        vec![("first", text("0")), ("count", text("true")), ("tag.none", some(&values.tags, 60))],
        vec![
            ("first", text("100")),
            ("count", text("true")),
            ("tag", some(&values.tags, 60)),
            ("orderBy", text("title")),
        ],
        vec![("first", text("100")), ("offset", text("10000")), ("include", text("body"))],
        vec![
            ("first", text("100")),
            ("author.none", some(&values.authors, 50)),
            ("topic", some(&values.topics, 12)),
            ("count", text("true")),
        ],
    ];
    known.iter().filter_map(|pairs| Address::known(endpoints, "/v1/articles", pairs)).collect()
}

/// Reads a document that is valid.
fn read(schema: &Schema, grammar: &Grammar, text: &str) -> Option<Document> {
    let many = 100_000;
    let limits =
        Limits { tokens: many, selections: many, aliases: many, root_fields: many, ..Limits::default() };
    let valid = documents::check(schema, &limits, text).ok()?;
    let names: Vec<&str> = valid.document.fragments().map(|fragment| fragment.name.text).collect();
    let reader = Reader { grammar, names };
    let operation = valid.document.operations().next()?;
    let top = reader.set(grammar.query(), &operation.selections);
    let fragments = valid
        .document
        .fragments()
        .map(|fragment| reader.set(fragment.on.text, &fragment.selections))
        .collect();
    Some(Document { top, fragments, has_variables: false })
}

struct Reader<'a> {
    grammar: &'a Grammar,
    names: Vec<&'a str>,
}

impl Reader<'_> {
    fn set(&self, ty: &str, set: &tree::SelectionSet<'_>) -> Set {
        let item = |selection: &tree::Selection<'_>| match selection {
            tree::Selection::Field(field) => Some(Item::Field(self.field(ty, field)?)),
            tree::Selection::Spread(spread) => {
                Some(Item::Spread(self.names.iter().position(|name| *name == spread.name.text)?))
            }
            tree::Selection::Inline(inline) => {
                Some(Item::Inline(self.set(inline.on.map_or(ty, |on| on.text), &inline.selections)))
            }
        };
        Set { ty: ty.to_owned(), items: set.items.iter().filter_map(item).collect() }
    }

    fn field(&self, ty: &str, field: &tree::Field<'_>) -> Option<Field> {
        let name = field.name.text;
        if name == "__typename" {
            return match Item::typename() {
                Item::Field(field) => Some(field),
                Item::Spread(_) | Item::Inline(_) => None,
            };
        }
        let known = self.grammar.field(ty, name)?;
        let argument = |argument: &tree::Argument<'_>| {
            let input = known.arguments.iter().find(|input| input.name == argument.name.text)?;
            Some((input.name.clone(), input.written.clone(), literal(&argument.value)))
        };
        Some(Field {
            name: name.to_owned(),
            is_aliased: field.alias.is_some(),
            arguments: field.arguments.iter().filter_map(argument).collect(),
            set: field.selections.as_ref().map(|set| self.set(&known.ty, set)),
        })
    }
}

fn literal(value: &tree::Value<'_>) -> Literal {
    match &value.kind {
        tree::ValueKind::Int(digits) => Literal::Int(digits.parse().unwrap_or_default()),
        tree::ValueKind::Boolean(value) => Literal::Bool(*value),
        tree::ValueKind::String(text) => Literal::Text(text.clone().into_owned()),
        tree::ValueKind::Enum(name) => Literal::Enum((*name).to_owned()),
        tree::ValueKind::List(entries) => Literal::List(entries.iter().map(literal).collect()),
        tree::ValueKind::Object(fields) => Literal::Object(
            fields.iter().map(|field| (field.name.text.to_owned(), literal(&field.value))).collect(),
        ),
        tree::ValueKind::Variable(_) | tree::ValueKind::Float(_) | tree::ValueKind::Null => Literal::Null,
    }
}
