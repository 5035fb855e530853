//! The parser: turns the text of a document into a tree. It enforces the limits on tokens, nesting,
//! directives, variables, operations and the length of names.

use std::borrow::Cow;

use crate::lexer::{Kind, Lexer, Token};
use crate::text;
use crate::tree::{
    Argument, BaseType, Definition, Directive, Document, Field, Fragment, Inline, Name, Operation,
    OperationKind, Selection, SelectionSet, Spread, Type, Value, ValueKind, VariableDefinition,
};
use crate::{Limit, Limits, Position, Problem, Refusal};

type Parsed<T> = Result<T, Refusal>;

/// Parses a document.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<Document<'a>> {
    let mut lexer = Lexer::new(text);
    let first = lexer.token().map_err(Refusal::Syntax)?;
    let mut parser =
        Parser { lexer, token: first, limits, tokens: 0, nesting: 0, directives: 0, operations: 0 };
    parser.count()?;
    let mut definitions = Vec::new();
    loop {
        definitions.push(parser.definition()?);
        if parser.token.kind == Kind::End {
            return Ok(Document { definitions });
        }
    }
}

struct Parser<'a, 'l> {
    lexer: Lexer<'a>,
    /// The current token.
    token: Token<'a>,
    limits: &'l Limits,
    tokens: u64,
    nesting: u64,
    directives: u64,
    operations: u64,
}

/// Whether values may contain variables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variables {
    Allowed,
    Refused,
}

impl<'a> Parser<'a, '_> {
    fn definition(&mut self) -> Parsed<Definition<'a>> {
        let at = self.token.at;
        if self.is("{") {
            self.another_operation(at)?;
            let selections = self.selection_set()?;
            return Ok(Definition::Operation(Operation {
                kind: OperationKind::Query,
                name: None,
                variables: Vec::new(),
                directives: Vec::new(),
                selections,
                at,
            }));
        }
        let is_described = self.description()?;
        if self.token.kind == Kind::Name {
            match self.token.text {
                "query" => return self.operation(OperationKind::Query, at),
                "mutation" => return self.operation(OperationKind::Mutation, at),
                "subscription" => return self.operation(OperationKind::Subscription, at),
                "fragment" => return self.fragment(at),
                "schema" | "scalar" | "type" | "interface" | "union" | "enum" | "input" | "directive"
                | "extend" => {
                    let message = format!(
                        "`{}` belongs to a schema: a document that is executed contains only operations and fragments",
                        self.token.text
                    );
                    return Err(Refusal::Invalid(vec![Problem::new(message, [at])]));
                }
                _ => {}
            }
        }
        if is_described && self.is("{") {
            let message =
                "an operation with a description must begin with `query`, `mutation` or `subscription`";
            return Err(Refusal::Syntax(Problem::new(message, [at])));
        }
        Err(self.expected("`{`, `query`, `mutation`, `subscription` or `fragment`"))
    }

    /// Skips a description. Returns whether there was one.
    fn description(&mut self) -> Parsed<bool> {
        let is_there = matches!(self.token.kind, Kind::String | Kind::BlockString);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn another_operation(&mut self, at: Position) -> Parsed<()> {
        self.operations += 1;
        Ok(self.limits.check(Limit::Operations, self.operations, at)?)
    }

    fn operation(&mut self, kind: OperationKind, at: Position) -> Parsed<Definition<'a>> {
        self.another_operation(at)?;
        self.advance()?;
        let name = if self.token.kind == Kind::Name { Some(self.name()?) } else { None };
        let variables = self.variable_definitions()?;
        let directives = self.directives(Variables::Allowed)?;
        let selections = self.selection_set()?;
        Ok(Definition::Operation(Operation { kind, name, variables, directives, selections, at }))
    }

    fn fragment(&mut self, at: Position) -> Parsed<Definition<'a>> {
        self.advance()?;
        if self.is_word("on") {
            return Err(self.syntax_error("a fragment cannot have the name `on`: give it another name"));
        }
        let name = self.name()?;
        if !self.is_word("on") {
            return Err(self.expected("`on` and the type of the fragment"));
        }
        self.advance()?;
        let on = self.name()?;
        let directives = self.directives(Variables::Allowed)?;
        let selections = self.selection_set()?;
        Ok(Definition::Fragment(Fragment { name, on, directives, selections, at }))
    }

    fn variable_definitions(&mut self) -> Parsed<Vec<VariableDefinition<'a>>> {
        if !self.is("(") {
            return Ok(Vec::new());
        }
        let at = self.token.at;
        self.advance()?;
        let mut found = Vec::new();
        loop {
            found.push(self.variable_definition()?);
            self.limits.check(Limit::Variables, found.len() as u64, at)?;
            if self.take(")")? {
                return Ok(found);
            }
        }
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition<'a>> {
        let at = self.token.at;
        self.description()?;
        self.expect("$")?;
        let name = self.name()?;
        self.expect(":")?;
        let ty = self.ty()?;
        let default = if self.take("=")? { Some(self.value(Variables::Refused)?) } else { None };
        let directives = self.directives(Variables::Refused)?;
        Ok(VariableDefinition { name, ty, default, directives, at })
    }

    fn ty(&mut self) -> Parsed<Type<'a>> {
        let at = self.token.at;
        let base = if self.is("[") {
            self.open()?;
            let entry = self.ty()?;
            self.close("]")?;
            BaseType::List(Box::new(entry))
        } else {
            BaseType::Named(self.name()?)
        };
        let is_non_null = self.take("!")?;
        Ok(Type { base, is_non_null, at })
    }

    fn selection_set(&mut self) -> Parsed<SelectionSet<'a>> {
        let at = self.token.at;
        if !self.is("{") {
            return Err(self.expected("`{`"));
        }
        self.open()?;
        let mut items = Vec::new();
        loop {
            if self.is("}") && items.is_empty() {
                return Err(
                    self.syntax_error("nothing is selected between `{` and `}`: select at least one field")
                );
            }
            items.push(self.selection()?);
            if self.is("}") {
                self.close("}")?;
                return Ok(SelectionSet { items, at });
            }
        }
    }

    fn selection(&mut self) -> Parsed<Selection<'a>> {
        let at = self.token.at;
        if !self.take("...")? {
            return self.field(at);
        }
        if self.token.kind == Kind::Name && !self.is_word("on") {
            let name = self.name()?;
            let directives = self.directives(Variables::Allowed)?;
            return Ok(Selection::Spread(Spread { name, directives, at }));
        }
        let on = if self.is_word("on") {
            self.advance()?;
            Some(self.name()?)
        } else {
            None
        };
        let directives = self.directives(Variables::Allowed)?;
        let selections = self.selection_set()?;
        Ok(Selection::Inline(Inline { on, directives, selections, at }))
    }

    fn field(&mut self, at: Position) -> Parsed<Selection<'a>> {
        if self.token.kind != Kind::Name {
            return Err(self.expected("a field, a fragment or `}`"));
        }
        let first = self.name()?;
        let (alias, name) = if self.take(":")? { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.arguments(Variables::Allowed)?;
        let directives = self.directives(Variables::Allowed)?;
        let selections = if self.is("{") { Some(self.selection_set()?) } else { None };
        Ok(Selection::Field(Field { alias, name, arguments, directives, selections, at }))
    }

    fn arguments(&mut self, variables: Variables) -> Parsed<Vec<Argument<'a>>> {
        let mut found = Vec::new();
        if !self.is("(") {
            return Ok(found);
        }
        self.open()?;
        loop {
            if self.token.kind != Kind::Name {
                return Err(self.expected("an argument"));
            }
            found.push(self.argument(variables)?);
            if self.is(")") {
                self.close(")")?;
                return Ok(found);
            }
        }
    }

    fn argument(&mut self, variables: Variables) -> Parsed<Argument<'a>> {
        let name = self.name()?;
        self.expect(":")?;
        Ok(Argument { name, value: self.value(variables)? })
    }

    fn directives(&mut self, variables: Variables) -> Parsed<Vec<Directive<'a>>> {
        let mut found = Vec::new();
        while self.is("@") {
            let at = self.token.at;
            self.advance()?;
            let name = self.name()?;
            let arguments = self.arguments(variables)?;
            found.push(Directive { name, arguments, at });
            self.directives += 1;
            self.limits.check(Limit::Directives, self.directives, at)?;
            self.limits.check(Limit::DirectivesPerPlace, found.len() as u64, at)?;
        }
        Ok(found)
    }

    fn value(&mut self, variables: Variables) -> Parsed<Value<'a>> {
        let Token { kind, text, at } = self.token;
        let kind = match kind {
            Kind::Punctuator if text == "[" => {
                self.open()?;
                let mut entries = Vec::new();
                while !self.is("]") {
                    entries.push(self.value(variables)?);
                }
                self.close("]")?;
                ValueKind::List(entries)
            }
            Kind::Punctuator if text == "{" => {
                self.open()?;
                let mut fields = Vec::new();
                while !self.is("}") {
                    if self.token.kind != Kind::Name {
                        return Err(self.expected("a field of an input object or `}`"));
                    }
                    fields.push(self.argument(variables)?);
                }
                self.close("}")?;
                ValueKind::Object(fields)
            }
            Kind::Punctuator if text == "$" => {
                self.advance()?;
                let name = self.name()?;
                if variables == Variables::Refused {
                    let message = format!(
                        "the variable `${}` is not allowed here: a default value must not contain variables",
                        crate::shown::short(name.text)
                    );
                    return Err(Refusal::Syntax(Problem::new(message, [at])));
                }
                ValueKind::Variable(name.text)
            }
            Kind::Int => self.then(ValueKind::Int(text))?,
            Kind::Float => self.then(ValueKind::Float(text))?,
            Kind::String => self.then(ValueKind::String(text::of_string(text)))?,
            Kind::BlockString => self.then(ValueKind::String(Cow::Owned(text::of_block_string(text))))?,
            Kind::Name => self.then(match text {
                "true" => ValueKind::Boolean(true),
                "false" => ValueKind::Boolean(false),
                "null" => ValueKind::Null,
                name => ValueKind::Enum(name),
            })?,
            Kind::Punctuator | Kind::End => return Err(self.expected("a value")),
        };
        Ok(Value { kind, at })
    }

    fn then(&mut self, kind: ValueKind<'a>) -> Parsed<ValueKind<'a>> {
        self.advance()?;
        Ok(kind)
    }

    fn name(&mut self) -> Parsed<Name<'a>> {
        let Token { kind, text, at } = self.token;
        if kind != Kind::Name {
            return Err(self.expected("a name"));
        }
        self.advance()?;
        Ok(Name { text, at })
    }

    /// Skips an opening bracket, and counts the nesting.
    fn open(&mut self) -> Parsed<()> {
        self.nesting += 1;
        self.limits.check(Limit::Nesting, self.nesting, self.token.at)?;
        self.advance()
    }

    /// Skips the matching closing bracket.
    fn close(&mut self, bracket: &'static str) -> Parsed<()> {
        self.expect(bracket)?;
        self.nesting -= 1;
        Ok(())
    }

    fn is(&self, punctuator: &str) -> bool {
        self.token.kind == Kind::Punctuator && self.token.text == punctuator
    }

    fn is_word(&self, word: &str) -> bool {
        self.token.kind == Kind::Name && self.token.text == word
    }

    /// Skips a punctuator if it is the current token. Returns whether it was.
    fn take(&mut self, punctuator: &str) -> Parsed<bool> {
        let is_there = self.is(punctuator);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect(&mut self, punctuator: &'static str) -> Parsed<()> {
        if self.take(punctuator)? { Ok(()) } else { Err(self.expected(&format!("`{punctuator}`"))) }
    }

    fn advance(&mut self) -> Parsed<()> {
        self.token = self.lexer.token().map_err(Refusal::Syntax)?;
        self.count()
    }

    fn count(&mut self) -> Parsed<()> {
        if self.token.kind == Kind::End {
            return Ok(());
        }
        if self.token.kind == Kind::Name {
            self.limits.check(Limit::NameLength, self.token.text.len() as u64, self.token.at)?;
        }
        self.tokens += 1;
        if self.tokens > self.limits.tokens {
            let requested = self.tokens + self.lexer.count_rest();
            self.limits.check(Limit::Tokens, requested, self.token.at)?;
        }
        Ok(())
    }

    fn expected(&self, what: &str) -> Refusal {
        self.syntax_error(&format!("expected {what}, found {}", self.token.describe()))
    }

    fn syntax_error(&self, message: &str) -> Refusal {
        Refusal::Syntax(Problem::new(message, [self.token.at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_skipped() {
        let text = "\"\"\"Reads.\"\"\" query Q(\"How many.\" $n: Int = 1 @a, $m: [Int!]!) { a(n: $n) ...F } \"Parts.\" fragment F on A { b }";
        let document = parse(text, &Limits { tokens: 41, ..Limits::default() }).unwrap();
        let operation = document.operations().next().unwrap();
        assert_eq!(operation.variables.len(), 2);
        assert_eq!(operation.variables[1].ty.to_string(), "[Int!]!");
        assert_eq!(document.fragments().count(), 1);
    }

    #[test]
    fn malformed_documents_are_refused() {
        for text in [
            "",
            "{",
            "{}",
            "{ a",
            "{ a: }",
            "{ a( }",
            "{ a() }",
            "{ a(b:) }",
            "query",
            "query Q(",
            "query Q() { a }",
            "{ a } }",
            "fragment on on A { b }",
            "fragment F { b }",
            "{ ...on }",
            "{ a(b: $) }",
            "query ($a: Int = $b) { a }",
            "\"described\" { a }",
            "foo { a }",
            "{ a @ }",
            "{ a(b: [1) }",
            "query ($a: [Int) { a }",
            "{ a(b: {c}) }",
            "{ ... }",
        ] {
            assert!(matches!(parse(text, &Limits::default()), Err(Refusal::Syntax(_))), "{text}");
        }
    }

    #[test]
    fn documents_beyond_a_limit_are_refused() {
        let exceeded = |text: &str| match parse(text, &Limits::default()) {
            Err(Refusal::Limit(exceeded)) => (exceeded.limit, exceeded.requested),
            other => panic!("{other:?}"),
        };
        assert_eq!(exceeded(&format!("{{{}}}", "a ".repeat(20_000))), (Limit::Tokens, 20_002));
        assert_eq!(exceeded(&"{a".repeat(1_000)), (Limit::Nesting, 101));
        assert_eq!(exceeded(&format!("{{ a(b: {}", "[".repeat(1_000))), (Limit::Nesting, 101));
        assert_eq!(exceeded(&format!("query ($a: {}", "[".repeat(1_000))), (Limit::Nesting, 101));
        assert_eq!(exceeded(&format!("{{ a {} }}", "@b ".repeat(11))), (Limit::DirectivesPerPlace, 11));
        assert_eq!(exceeded(&format!("{{ {} }}", "a @b ".repeat(201))), (Limit::Directives, 201));
        assert_eq!(exceeded(&format!("query ({}) {{ a }}", "$a: Int ".repeat(201))), (Limit::Variables, 201));
        assert_eq!(exceeded(&"{ a } ".repeat(101)), (Limit::Operations, 101));
        assert_eq!(exceeded(&"a".repeat(200_000)), (Limit::NameLength, 200_000));
    }
}
