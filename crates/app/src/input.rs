//! What an editor sends, turned into content.

use domain::{
    AuthorId, Content, Image, LIMITS, Locale, Seo, Slug, TagId, Taxonomy, Timestamp, TopicId, UserError,
    UserErrorCode,
};

/// A field of an input: left out, cleared, or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// Left out: stays as it is.
    #[default]
    Keep,
    /// Given as null: cleared.
    Clear,
    /// Given.
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

/// What an editor sends of an article. What is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArticleInput {
    /// Its name in web addresses; a new article without one gets one from its title.
    pub slug: Field<String>,
    /// The headline.
    pub title: Field<String>,
    /// The line below the headline.
    pub deck: Field<String>,
    /// The teaser.
    pub excerpt: Field<String>,
    /// The text, in Markdown.
    pub body: Field<String>,
    /// The picture on top.
    pub hero_image: Field<ImageInput>,
    /// Authors, by slug.
    pub authors: Field<Vec<String>>,
    /// Topics, by slug.
    pub topics: Field<Vec<String>>,
    /// Tags, by slug.
    pub tags: Field<Vec<String>>,
    /// Its language.
    pub locale: Field<String>,
    /// What the system that it comes from calls it.
    pub external_ref: Field<String>,
    /// What search engines are told.
    pub seo: Field<SeoInput>,
    /// Addresses under which it was published elsewhere before.
    pub aliases: Field<Vec<String>>,
    /// The date that readers see.
    pub published_at: Field<Timestamp>,
}

/// What an editor sends of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageInput {
    /// Where it is.
    pub url: String,
    /// What it shows.
    pub alt: Option<String>,
    /// A line below it.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// Width in CSS pixels.
    pub width: Option<i32>,
    /// Height in CSS pixels.
    pub height: Option<i32>,
}

/// What an editor sends for search engines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeoInput {
    /// The title for result pages.
    pub title: Option<String>,
    /// The description for result pages.
    pub description: Option<String>,
}

/// What an input makes of an article.
pub(crate) struct Applied {
    pub(crate) content: Content,
    pub(crate) external_ref: Option<String>,
    /// The slug was made from the title, so that another one will do if it is taken.
    pub(crate) slug_is_free: bool,
}

impl ArticleInput {
    /// Applies the input to what there is.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
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
        let fresh = current.is_none();
        let base = current.unwrap_or_else(blank);

        let title = title.apply(Some(base.title)).unwrap_or_default().trim().to_owned();
        let (slug, slug_is_free) = match slug {
            Field::Set(text) => (parse(Slug::parse(&text), "input.slug", &mut errors), false),
            Field::Keep if !fresh => (Some(base.slug), false),
            Field::Keep | Field::Clear if title.is_empty() => (None, false),
            Field::Keep | Field::Clear => match Slug::from_text(&title) {
                Ok(slug) => (Some(slug), true),
                Err(_) => {
                    let message = "no slug can be made of this title: name one in `slug`";
                    errors.push(UserError::at("input.slug", UserErrorCode::Required, message));
                    (None, false)
                }
            },
        };
        let locale = match locale {
            Field::Set(text) => parse(text.parse::<Locale>(), "input.locale", &mut errors),
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
            // Without a title there may be no slug; the error for that is in the list already.
            slug: slug.unwrap_or_else(untitled),
            locale: locale.unwrap_or_else(Locale::english),
            title,
            deck: line(deck.apply(base.deck)),
            excerpt: line(excerpt.apply(base.excerpt)),
            body: body.apply(Some(base.body)).unwrap_or_default(),
            hero_image,
            seo,
            authors: named(authors, base.authors, "input.authors", &mut errors, |slug| {
                taxonomy.author_by_slug(slug).map(|author| author.id)
            }),
            topics: named(topics, base.topics, "input.topics", &mut errors, |slug| {
                taxonomy.topic_by_slug(slug).map(|topic| topic.id)
            }),
            tags: named(tags, base.tags, "input.tags", &mut errors, |slug| {
                taxonomy.tag_by_slug(slug).map(|tag| tag.id)
            }),
            aliases: aliases.apply(Some(base.aliases)).unwrap_or_default(),
            published_at: published_at.apply(base.published_at).map(domain::truncate),
        };
        errors.extend(content.problems());
        if errors.is_empty() { Ok(Applied { content, external_ref, slug_is_free }) } else { Err(errors) }
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
                errors.push(UserError::at(
                    &format!("input.heroImage.{field}"),
                    UserErrorCode::Invalid,
                    message,
                ));
            }
            pixels
        };
        let (width, height) = (pixels("width", width), pixels("height", height));
        Image { url, alt: line(alt), caption: line(caption), credit: line(credit), width, height }
    }
}

/// A line of text, or none if it is blank.
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
        errors.push(UserError::at("input.externalRef", UserErrorCode::Invalid, message));
    }
}

/// The ids of what is named by slug, each once, in the order given.
fn named<T: Copy + PartialEq>(
    slugs: Field<Vec<String>>,
    current: Vec<T>,
    path: &str,
    errors: &mut Vec<UserError>,
    find: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let slugs = match slugs {
        Field::Keep => return current,
        Field::Clear => return Vec::new(),
        Field::Set(slugs) => slugs,
    };
    let mut found = Vec::with_capacity(slugs.len());
    for (place, slug) in slugs.iter().enumerate() {
        match find(slug) {
            Some(id) if found.contains(&id) => {}
            Some(id) => found.push(id),
            None => {
                let kind = path.rsplit('.').next().unwrap_or(path).trim_end_matches('s');
                let shown: String = slug.chars().take(100).collect();
                errors.push(UserError::at(
                    &format!("{path}.{place}"),
                    UserErrorCode::NotFound,
                    format!(
                        "there is no {kind} `{shown}`: create it first with `{kind}Create`, or mend the slug"
                    ),
                ));
            }
        }
    }
    found
}

fn untitled() -> Slug {
    #[expect(clippy::unwrap_used, reason = "the text is a slug")]
    Slug::parse("untitled").unwrap()
}

fn blank() -> Content {
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
