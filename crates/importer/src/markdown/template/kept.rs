//! What a tag shows, according to its name and its arguments. The rules are the same for all template languages.

use super::args::Args;
use super::media::Picture;

/// What a tag shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Picture(Picture),
    Link {
        url: String,
        text: String,
    },
    /// A quotation, with the person or the work that it comes from.
    Quote {
        text: String,
        cite: Option<String>,
    },
    /// A heading, and the text below it.
    Heading {
        heading: String,
        text: Option<String>,
    },
    Text(String),
}

/// The arguments that name a file to show.
const SOURCES: [&str; 12] = [
    "src",
    "image",
    "img",
    "image_path",
    "image_url",
    "imagepath",
    "imageurl",
    "photo",
    "picture",
    "path",
    "file",
    "source",
];
/// The arguments that name a page.
const ADDRESSES: [&str; 5] = ["url", "href", "link", "to", "target"];
const TEXTS: [&str; 6] = ["text", "label", "content", "body", "quote", "message"];
const TITLES: [&str; 5] = ["title", "heading", "header", "headline", "summary"];
const CAPTIONS: [&str; 2] = ["caption", "figcaption"];
const ALTS: [&str; 5] = ["alt", "alt_text", "alttext", "image_alt", "description"];
const CITES: [&str; 6] = ["cite", "author", "by", "attribution", "who", "credit"];

/// Returns what a tag with this name and these arguments shows. `None` when nothing in the arguments is for readers.
pub(crate) fn kept(name: &str, args: &Args) -> Option<Kept> {
    let (forced, name) = match name {
        "picture" | "video" | "link" | "quote" | "box" | "heading" | "text" => (Some(name), name),
        _ => (None, name),
    };
    let source = args.named(&SOURCES);
    let address = args.named(&ADDRESSES);
    let alt = args.named(&ALTS);
    let caption = args.named(&CAPTIONS);
    let title = args.named(&TITLES);
    let text = args.named(&TEXTS);
    let places = Places::of(args);
    let has_picture_name =
        ["image", "img", "figure", "photo", "picture", "thumbnail"].iter().any(|word| name.contains(word));

    let shown = source.or(address.filter(|url| is_picture(url))).or(places.address);
    let may_be_picture = matches!(forced, None | Some("picture"));
    if may_be_picture
        && let Some(url) = shown
        && !is_recording(url)
        && (is_picture(url) || has_picture_name || (source.is_some() && alt.is_some()))
    {
        let mut texts = places.texts.as_slice();
        if name == "image_with_class" || texts.len() > 1 && texts.first().is_some_and(|text| is_class(text)) {
            texts = texts.get(1..).unwrap_or_default();
        }
        let alt = alt.or_else(|| texts.first().copied());
        let caption = caption.or_else(|| title.filter(|_| alt.is_some())).or_else(|| texts.get(1).copied());
        let credit = args.named(&["attr", "credit"]);
        let lines: Vec<&str> = caption.into_iter().chain(credit).collect();
        return Some(Kept::Picture(Picture {
            url: url.to_owned(),
            alt: alt.or(title).or(text).unwrap_or_default().to_owned(),
            caption: Some(lines.join(" – ")).filter(|caption| !caption.is_empty()),
            link: address.filter(|link| *link != url).map(str::to_owned),
        }));
    }
    let cite = args.named(&CITES);
    let is_quote = forced == Some("quote") || name.contains("quote") || (forced.is_none() && cite.is_some());
    if is_quote && let Some(text) = text.or_else(|| places.texts.first().copied()) {
        let cite = cite.or_else(|| args.named(&["source", "title"])).or_else(|| places.texts.get(1).copied());
        return Some(Kept::Quote { text: text.to_owned(), cite: cite.map(str::to_owned) });
    }
    if name.contains("quote") {
        return None;
    }
    let url = address.or(source).or(places.address);
    if !matches!(forced, Some("text" | "heading" | "box"))
        && let Some(url) = url.filter(|url| is_address(url))
    {
        let words = text.or(title).or(alt).or(caption).or_else(|| places.texts.first().copied());
        let words = words.unwrap_or(match is_recording(url) {
            true if name.contains("audio") => "Audio",
            true => "Video",
            false => url,
        });
        return Some(Kept::Link { url: url.to_owned(), text: words.to_owned() });
    }
    let sentence = places.texts.iter().copied().find(|text| forced.is_some() || is_sentence(text));
    let text = text.or(caption).or(alt).or(sentence);
    match (title, text) {
        (Some(heading), text) => {
            Some(Kept::Heading { heading: heading.to_owned(), text: text.map(str::to_owned) })
        }
        (None, Some(text)) if forced == Some("heading") => {
            Some(Kept::Heading { heading: text.to_owned(), text: None })
        }
        (None, Some(text)) => Some(Kept::Text(text.to_owned())),
        (None, None) => None,
    }
}

/// Returns the person or the work that a quotation comes from.
pub(crate) fn cite(args: &Args) -> Option<String> {
    let named = args.named(&CITES).or_else(|| args.named(&["source", "title"]));
    let first = args.positional.first().filter(|arg| arg.quoted).map(|arg| arg.text.as_str());
    named.or(first).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The positional arguments.
struct Places<'a> {
    /// The first one that is an address.
    address: Option<&'a str>,
    /// The quoted texts after it.
    texts: Vec<&'a str>,
}

impl<'a> Places<'a> {
    fn of(args: &'a Args) -> Self {
        let at = args.positional.iter().position(|arg| is_address(&arg.text));
        let is_size = |text: &str| text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'x' | '%'));
        let texts = args.positional.iter().skip(at.map_or(0, |at| at + 1));
        let texts = texts.filter(|arg| arg.quoted && !is_size(&arg.text)).map(|arg| arg.text.as_str());
        Self {
            address: at.map(|at| args.positional[at].text.as_str()),
            texts: texts.filter(|text| !text.trim().is_empty()).collect(),
        }
    }
}

/// Whether a text is the address of a picture.
pub(crate) fn is_picture(path: &str) -> bool {
    has_extension(path, &["png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "tif", "tiff"])
}

/// Whether a text is the address of a video or an audio file.
pub(crate) fn is_recording(path: &str) -> bool {
    has_extension(path, &["mp4", "m4v", "webm", "mov", "ogv", "ogg", "mp3", "m4a", "wav", "m3u8"])
}

fn has_extension(path: &str, known: &[&str]) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    known.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

fn is_address(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://") || text.starts_with("mailto:");
    let is_path =
        text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with('#');
    !text.contains(char::is_whitespace)
        && !text.contains("{{")
        && text.len() > 1
        && (is_web
            || is_path
            || is_picture(text)
            || is_recording(text)
            || has_extension(text, &["pdf", "html", "htm"]))
}

/// Whether an argument is a text for readers, and not an option such as `wide` or `max-w-lg`.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() >= 3
        || (text.trim().contains(' ') && text.ends_with(['.', '?', '!', '…']))
}

/// Whether an argument looks like a class of CSS.
fn is_class(text: &str) -> bool {
    let of_class = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    text.contains(['-', '_']) && text.chars().all(of_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, args: &str) -> Option<Kept> {
        kept(name, &Args::parse_texts(args))
    }

    fn picture(url: &str, alt: &str, caption: Option<&str>) -> Option<Kept> {
        let caption = caption.map(str::to_owned);
        Some(Kept::Picture(Picture { url: url.into(), alt: alt.into(), caption, link: None }))
    }

    fn link(url: &str, text: &str) -> Option<Kept> {
        Some(Kept::Link { url: url.into(), text: text.into() })
    }

    #[test]
    fn arguments_say_what_a_tag_shows() {
        assert_eq!(shown("x", r#"src="a.png" alt="A ward""#), picture("a.png", "A ward", None));
        assert_eq!(shown("x", r#"image="a.png", caption: "C""#), picture("a.png", "", Some("C")));
        assert_eq!(
            shown("photo-left", r#"src="/cdn/1" alt="A" title="T""#),
            picture("/cdn/1", "A", Some("T"))
        );
        assert_eq!(shown("x", r#""a.png" "A ward""#), picture("a.png", "A ward", None));
        let quote = Kept::Quote { text: "Care.".into(), cite: Some("A nurse".into()) };
        assert_eq!(shown("pull-quote", r#"text="Care." cite="A nurse""#), Some(quote.clone()));
        assert_eq!(shown("x", r#"text="Care." author="A nurse""#), Some(quote.clone()));
        assert_eq!(shown("quote", r#""Care." "A nurse""#), Some(quote));
        assert_eq!(
            shown("button", r#"href="https://a.example" text="Book""#),
            link("https://a.example", "Book")
        );
        assert_eq!(shown("button", r#""https://a.example" "Book""#), link("https://a.example", "Book"));
        assert_eq!(shown("clip", r#"src="a.mp4""#), link("a.mp4", "Video"));
        assert_eq!(shown("audio", r#"src="a.mp3""#), link("a.mp3", "Audio"));
        let heading = |text: Option<&str>| {
            Some(Kept::Heading { heading: "What?".into(), text: text.map(str::to_owned) })
        };
        assert_eq!(shown("ring", r#"title="What?""#), heading(None));
        assert_eq!(shown("ring", r#"Title="What?" text="That." class="wide""#), heading(Some("That.")));
        assert_eq!(
            shown("note", r#""Please wash your hands.""#),
            Some(Kept::Text("Please wash your hands.".into()))
        );
        for args in [r#"class="wide" width=3"#, r#""wide""#, "", r#"id="a1""#] {
            assert_eq!(shown("x", args), None, "{args}");
        }
    }

    #[test]
    fn a_mapped_kind_decides() {
        assert_eq!(shown("link", r#"src="a.png" title="The plan""#), link("a.png", "The plan"));
        assert_eq!(shown("text", r#""wide""#), Some(Kept::Text("wide".into())));
    }
}
