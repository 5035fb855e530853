//! A publication in which every secret is a unique word.

use serde_json::{Value, json};

use crate::support::{Client, CommandExt, Saved, Server, greymatters};

/// The prefix of all words that the public must not see.
pub(super) const SECRET: &str = "canary";
/// The prefix of all words that the public may see.
pub(super) const PUBLIC: &str = "robin";

/// The planted words.
#[derive(Default)]
pub(super) struct Planted {
    /// Words that the public must never see.
    pub(super) secrets: Vec<String>,
    /// Words that the public sees.
    pub(super) published: Vec<String>,
    /// The slugs of all articles, public or not. The external references and the ids follow.
    pub(super) slugs: Vec<String>,
    pub(super) external_refs: Vec<String>,
    pub(super) ids: Vec<String>,
    pub(super) public_articles: usize,
    words: usize,
}

impl Planted {
    /// Creates a unique word.
    fn word(&mut self, bird: &str, what: &str) -> String {
        let list = if bird == SECRET { &mut self.secrets } else { &mut self.published };
        self.words += 1;
        let word = format!("{bird}{}{what}x", self.words);
        list.push(word.clone());
        word
    }

    /// Values for all fields of an article. `bird` is in all secret fields of a draft. A slug
    /// and an external reference contain it only if the public may see them.
    fn input(&mut self, bird: &str) -> Value {
        let number = self.slugs.len();
        let (slug, name) = (format!("n{number}"), format!("cms/{number}"));
        self.slugs.push(slug.clone());
        self.external_refs.push(name.clone());
        let label = if bird == SECRET { "hidden" } else { "shown" };
        let mut word = |what: &str| self.word(bird, what);
        json!({
            "slug": slug, "externalRef": name, "title": word("title"), "deck": word("deck"), "excerpt": word("excerpt"),
            "body": format!(
                "## {}\n\nText {} and [{}](https://www.example/{}).\n\n![{}](https://www.example/{}.png \"{}\")\n",
                word("heading"), word("text"), word("link"), word("href"), word("alt"), word("image"), word("hover")
            ),
            "heroImage": {
                "url": format!("https://www.example/{}.jpg", word("herourl")), "alt": word("heroalt"),
                "caption": word("caption"), "credit": word("credit"), "width": 7, "height": 9,
            },
            "seo": {"title": word("seotitle"), "description": word("seodescription")},
            "aliases": [format!("/old/{}/", word("alias"))],
            "authors": [label], "topics": [label], "tags": [label],
            "locale": if bird == SECRET { "de" } else { "en" },
            "publishedAt": if bird == SECRET { "1991-02-03T04:05:06Z" } else { "2020-02-03T04:05:06Z" },
        })
    }

    /// Publishes an article that is withdrawn later. Its addresses become public.
    fn publish(&mut self, editor: &Client, article: &Saved) {
        editor.publish(article);
        let alias = self.secrets.iter().rposition(|word| word.ends_with("aliasx"));
        self.secrets.remove(alias.unwrap());
    }

    /// Creates an article with values in all fields.
    fn article(&mut self, editor: &Client, bird: &str) -> Saved {
        let input = self.input(bird);
        let given: Vec<_> = input.as_object().unwrap().keys().map(String::as_str).collect();
        let known = editor.data("{ __type(name: \"ArticleInput\") { inputFields { name } } }");
        for field in known["__type"]["inputFields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            assert!(
                given.contains(&name),
                "`ArticleInput` has a new field `{name}`: add a value for it here"
            );
        }
        let saved = editor.create(input);
        self.ids.push(saved.id.clone());
        saved
    }
}

/// Applies an action to an article. `arguments` come after its id and version.
#[track_caller]
fn act(editor: &Client, mutation: &str, article: &Saved, arguments: &str) {
    let document = format!(
        "mutation ($id: ID!, $version: Int!) {{
            done: {mutation}(id: $id, expectedVersion: $version{arguments}) {{ userErrors {{ code message }} }}
        }}"
    );
    let done = editor.data_with(&document, &json!({"id": article.id, "version": article.version}));
    assert_eq!(done["done"]["userErrors"], json!([]), "{mutation}");
}

/// Creates articles in every state, and everything else that is secret.
pub(super) fn plant(server: &Server) -> Planted {
    let editor = &server.editor;
    let mut planted = Planted::default();
    for kind in ["tag", "topic", "author"] {
        for name in ["Shown", "Hidden"] {
            editor.label(kind, json!({"name": name}));
        }
    }
    // These are a published article, one with unpublished changes, and one with an old version that was never public.
    let plain = planted.article(editor, PUBLIC);
    editor.publish(&plain);
    let ahead = planted.article(editor, PUBLIC);
    editor.publish(&ahead);
    let mut input = planted.input(SECRET);
    input.as_object_mut().unwrap().remove("externalRef");
    let ahead = editor.update(&ahead, input);
    let restored = planted.article(editor, SECRET);
    let input = planted.input(PUBLIC);
    let restored = editor.update(&restored, input);
    editor.publish(&restored);
    act(editor, "articleRestore", &restored, ", toVersion: 1");
    let correction = planted.word(SECRET, "correction");
    // These are published articles with an end, with a schedule, and with an editorial review.
    act(
        editor,
        "articlePublish",
        &ahead,
        &format!(
            r#", at: "2991-01-01T00:00:00[Europe/Berlin]", expiresAt: "2991-02-01T00:00:00Z", note: "{correction}""#
        ),
    );
    // A published article with a correction.
    let corrected = editor.update(&plain, json!({"publishedAt": "2020-02-04T04:05:06Z"}));
    let correction = planted.word(PUBLIC, "correction");
    act(editor, "articlePublish", &corrected, &format!(r#", note: "{correction}""#));
    let plain = corrected;
    let note = planted.word(SECRET, "note");
    act(
        editor,
        "articleMarkReviewed",
        &plain,
        &format!(r#", input: {{ reviewer: "hidden", dueAt: "2992-01-01T00:00:00Z", comment: "{note}" }}"#),
    );
    planted.public_articles = 3;

    // These articles were never public: a draft, articles in review, a scheduled one, and an archived one.
    planted.article(editor, SECRET);
    for verdict in ["articleRequestChanges", "articleApprove", "articleSubmit"] {
        let article = planted.article(editor, SECRET);
        let comment = planted.word(SECRET, "question");
        act(editor, "articleSubmit", &article, &format!(r#", comment: "{comment}""#));
        if verdict != "articleSubmit" {
            let comment = planted.word(SECRET, "verdict");
            act(editor, verdict, &article, &format!(r#", comment: "{comment}""#));
        }
    }
    let scheduled = planted.article(editor, SECRET);
    act(editor, "articlePublish", &scheduled, r#", at: "2993-01-01T00:00:00Z""#);
    let archived = planted.article(editor, SECRET);
    act(editor, "articleArchive", &archived, "");
    let deleted = planted.article(editor, SECRET);
    act(editor, "articleDelete", &deleted, "");

    // These articles were withdrawn in each way, or archived afterwards. Only their slugs are public.
    for arguments in [
        "",
        r#", reason: REDIRECT, redirectTo: "n0""#,
        r#", reason: REDIRECT, redirectTo: "https://www.example/elsewhere""#,
    ] {
        let article = planted.article(editor, SECRET);
        planted.publish(editor, &article);
        let note = planted.word(PUBLIC, "tombstone");
        act(editor, "articleWithdraw", &article, &format!(r#"{arguments}, note: "{note}""#));
        let input = planted.input(SECRET);
        editor.update(&article, input);
    }
    let put_away = planted.article(editor, SECRET);
    planted.publish(editor, &put_away);
    act(editor, "articleWithdraw", &put_away, "");
    act(editor, "articleArchive", &put_away, "");

    // These are the dates of future and secret events.
    planted.secrets.push("2991-0".to_owned());
    planted.secrets.push("2992-0".to_owned());
    planted.secrets.push("2993-0".to_owned());
    planted.secrets.push("1991-02".to_owned());

    // Preview links and keys are secret, too.
    for id in [&scheduled.id, &ahead.id] {
        let document =
            "mutation ($id: ID!) { previewCreate(input: { articleId: $id }) { token preview { id } } }";
        let made = editor.data_with(document, &json!({"id": id}))["previewCreate"].take();
        planted.secrets.push(made["token"].as_str().unwrap()[4..].to_lowercase());
        planted.secrets.push(made["preview"]["id"].as_str().unwrap().to_owned());
    }
    let name = planted.word(SECRET, "key");
    let mut command = greymatters(&["key", "create", "--name", &name, "--scope", "content:write"]);
    let key = command.on(server.database()).run().succeeded();
    planted.secrets.push(key.trim().to_lowercase());
    planted
}
