//! The input for an article, and its conversion to content.

use domain::{
    AuthorId, Content, Image, LIMITS, Locale, Remedy, Seo, Slug, TagId, Taxonomy, Timestamp, TopicId,
    UserError, UserErrorCode,
};

use crate::text;

/// A field of an input: left out, cleared, or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// Left out: the current value stays.
    #[default]
    Keep,
    /// Null: the value is cleared.
    Clear,
    /// A new value.
    Set(T),
}

impl<T> Field<T> {
    pub(crate) fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

/// The input for an article. A field that is left out keeps its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArticleInput {
    /// The slug. Without one, the slug of a new article is made from its title.
    pub slug: Field<String>,
    /// The headline.
    pub title: Field<String>,
    /// The line below the headline.
    pub deck: Field<String>,
    /// The teaser.
    pub excerpt: Field<String>,
    /// The body, in Markdown.
    pub body: Field<String>,
    /// The image at the top.
    pub hero_image: Field<ImageInput>,
    /// The slugs of the authors.
    pub authors: Field<Vec<String>>,
    /// The slugs of the topics.
    pub topics: Field<Vec<String>>,
    /// The slugs of the tags.
    pub tags: Field<Vec<String>>,
    /// The language.
    pub locale: Field<String>,
    /// The id that another system uses for the article.
    pub external_ref: Field<String>,
    /// Title and description for search engines.
    pub seo: Field<SeoInput>,
    /// URLs under which the article was published on another site before.
    pub aliases: Field<Vec<String>>,
    /// The date that readers see.
    pub published_at: Field<Timestamp>,
}

/// The input for an image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageInput {
    /// The URL.
    pub url: String,
    /// The alternative text: what the image shows.
    pub alt: Option<String>,
    /// The caption.
    pub caption: Option<String>,
    /// Who made the image.
    pub credit: Option<String>,
    /// Width in CSS pixels.
    pub width: Option<i32>,
    /// Height in CSS pixels.
    pub height: Option<i32>,
}

/// The input for search engines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeoInput {
    /// The title for search result pages.
    pub title: Option<String>,
    /// The description for search result pages.
    pub description: Option<String>,
}

/// The content of an article after an input was applied to it.
pub(crate) struct Applied {
    pub(crate) content: Content,
    pub(crate) external_ref: Option<String>,
    /// Whether the slug was made from the title, so that a numbered variant may replace it when it is taken.
    pub(crate) is_slug_generated: bool,
}

impl ArticleInput {
    /// Applies the input to the current content, or to an empty article.
    ///
    /// # Errors
    /// All problems of the input.
    pub(crate) fn apply(
        self,
        current: Option<(Content, Option<String>)>,
        taxonomy: &Taxonomy,
    ) -> Result<Applied, Vec<UserError>> {
        let Self {
            slug,
            title,
            deck,
            excerpt,
            body,
            hero_image,
            authors,
            topics,
            tags,
            locale,
            external_ref,
            seo,
            aliases,
            published_at,
        } = self;
        let mut errors = Vec::new();
        let (current, current_ref) = match current {
            Some((content, external_ref)) => (Some(content), external_ref),
            None => (None, None),
        };
        let is_new = current.is_none();
        let base = current.unwrap_or_else(empty_content);

        let title = title.apply(Some(base.title)).unwrap_or_default().trim().to_owned();
        let (slug, is_slug_generated) = match slug {
            Field::Set(text) => (parse(Slug::parse(&text), "slug", &mut errors), false),
            Field::Keep if !is_new => (Some(base.slug), false),
            Field::Keep | Field::Clear if title.is_empty() => (None, false),
            Field::Keep | Field::Clear => match Slug::from_text(&title) {
                Ok(slug) => (Some(slug), true),
                Err(_) => {
                    let message = "no slug can be made from this title: name one in `slug`";
                    errors.push(UserError::at("slug", UserErrorCode::Required, message));
                    (None, false)
                }
            },
        };
        let locale = match locale {
            Field::Set(text) => parse(text.parse::<Locale>(), "locale", &mut errors),
            Field::Keep => Some(base.locale),
            Field::Clear => Some(Locale::english()),
        };
        let hero_image = match hero_image {
            Field::Keep => base.hero_image,
            Field::Clear => None,
            Field::Set(image) => Some(image.image(&mut errors)),
        };
        let seo = match seo {
            Field::Keep => base.seo,
            Field::Clear => Seo::default(),
            Field::Set(SeoInput { title, description }) => {
                Seo { title: line(title), description: line(description) }
            }
        };
        let external_ref = external_ref.apply(current_ref);
        if let Some(text) = &external_ref {
            check_external_ref(text, &mut errors);
        }
        let content = Content {
            // If there is no slug, `errors` has the reason already.
            slug: slug.unwrap_or_else(untitled),
            locale: locale.unwrap_or_else(Locale::english),
            title,
            deck: line(deck.apply(base.deck)),
            excerpt: line(excerpt.apply(base.excerpt)),
            body: body.apply(Some(base.body)).unwrap_or_default(),
            hero_image,
            seo,
            authors: resolve(authors, base.authors, &AUTHORS, &mut errors, |slug| {
                taxonomy.author_by_slug(slug).map(|author| author.id)
            }),
            topics: resolve(topics, base.topics, &TOPICS, &mut errors, |slug| {
                taxonomy.topic_by_slug(slug).map(|topic| topic.id)
            }),
            tags: resolve(tags, base.tags, &TAGS, &mut errors, |slug| {
                taxonomy.tag_by_slug(slug).map(|tag| tag.id)
            }),
            aliases: aliases.apply(Some(base.aliases)).unwrap_or_default(),
            published_at: published_at.apply(base.published_at).map(domain::truncate),
        };
        errors.extend(content.problems());
        if errors.is_empty() { Ok(Applied { content, external_ref, is_slug_generated }) } else { Err(errors) }
    }
}

impl ImageInput {
    fn image(self, errors: &mut Vec<UserError>) -> Image {
        let Self { url, alt, caption, credit, width, height } = self;
        let mut pixels = |field: &str, given: Option<i32>| {
            let given = given?;
            let pixels = u32::try_from(given).ok().filter(|n| *n > 0);
            if pixels.is_none() {
                let message = format!("`{field}` is {given}: it must be a number of pixels above 0");
                errors.push(UserError::at(&format!("heroImage.{field}"), UserErrorCode::Invalid, message));
            }
            pixels
        };
        let (width, height) = (pixels("width", width), pixels("height", height));
        // `Content::problems` reports text that is not an address.
        if domain::check_address(&url).is_ok()
            && let Err(reason) = domain::check_full_address(&url)
        {
            errors.push(UserError::at("heroImage.url", UserErrorCode::Invalid, reason));
        }
        Image { url, alt: line(alt), caption: line(caption), credit: line(credit), width, height }
    }
}

/// Trims an optional line of text. A blank line counts as none.
fn line(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn parse<T, E: std::fmt::Display>(
    result: Result<T, E>,
    path: &str,
    errors: &mut Vec<UserError>,
) -> Option<T> {
    result.map_err(|error| errors.push(UserError::at(path, UserErrorCode::Invalid, error))).ok()
}

fn check_external_ref(text: &str, errors: &mut Vec<UserError>) {
    let length = text.chars().count();
    if length == 0 || length > LIMITS.external_ref || text.contains('\0') {
        let message = format!(
            "an external reference has 1 to {} characters, this one has {length}",
            LIMITS.external_ref
        );
        errors.push(UserError::at("externalRef", UserErrorCode::Invalid, message));
    }
}

/// A field that names labels by their slugs.
struct LabelField {
    name: &'static str,
    /// The name of one label, for messages.
    singular: &'static str,
    /// What to do about an unknown slug.
    remedy: Remedy,
}

const AUTHORS: LabelField = LabelField { name: "authors", singular: "author", remedy: Remedy::CreateAuthor };
const TOPICS: LabelField = LabelField { name: "topics", singular: "topic", remedy: Remedy::CreateTopic };
const TAGS: LabelField = LabelField { name: "tags", singular: "tag", remedy: Remedy::CreateTag };

/// Resolves slugs to ids. Each id occurs once, in the order of the slugs.
fn resolve<T: Copy + PartialEq>(
    slugs: Field<Vec<String>>,
    current: Vec<T>,
    field: &LabelField,
    errors: &mut Vec<UserError>,
    find: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let slugs = match slugs {
        Field::Keep => return current,
        Field::Clear => return Vec::new(),
        Field::Set(slugs) => slugs,
    };
    let mut found = Vec::with_capacity(slugs.len());
    for (index, slug) in slugs.iter().enumerate() {
        match find(slug) {
            Some(id) if found.contains(&id) => {}
            Some(id) => found.push(id),
            None => {
                let LabelField { name, singular, remedy } = field;
                let message = format!("there is no {singular} `{}`", text::quoted(slug));
                let error = UserError::at(&format!("{name}.{index}"), UserErrorCode::NotFound, message);
                errors.push(error.with_remedy(*remedy));
            }
        }
    }
    found
}

fn untitled() -> Slug {
    #[expect(clippy::unwrap_used, reason = "the text is a valid slug")]
    Slug::parse("untitled").unwrap()
}

fn empty_content() -> Content {
    Content {
        slug: untitled(),
        locale: Locale::english(),
        title: String::new(),
        deck: None,
        excerpt: None,
        body: String::new(),
        hero_image: None,
        seo: Seo::default(),
        authors: Vec::<AuthorId>::new(),
        topics: Vec::<TopicId>::new(),
        tags: Vec::<TagId>::new(),
        aliases: Vec::new(),
        published_at: None,
    }
}
