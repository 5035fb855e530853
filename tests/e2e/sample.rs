//! The pictures of the sample publication: they are in the program, so a page loads nothing from another host.

use std::collections::BTreeSet;

use crate::support::{Folder, Server};

/// The addresses of all pictures, and how often an article shows one.
fn pictures(server: &Server) -> (BTreeSet<String>, usize) {
    let data = server.reader.data(
        "{ articles(first: 100) { nodes { heroImage { url alt width height } body { html images { url alt } } } } }",
    );
    let (mut addresses, mut shown) = (BTreeSet::new(), 0);
    for article in data["articles"]["nodes"].as_array().unwrap() {
        let hero = &article["heroImage"];
        if hero.is_object() {
            assert_eq!((hero["width"].as_i64(), hero["height"].as_i64()), (Some(640), Some(400)), "{hero}");
            addresses.insert(hero["url"].as_str().unwrap().to_owned());
            shown += 1;
        }
        let html = article["body"]["html"].as_str().unwrap();
        for image in article["body"]["images"].as_array().unwrap() {
            assert!(image["alt"].as_str().unwrap().len() > 20, "{image}");
            addresses.insert(image["url"].as_str().unwrap().to_owned());
            shown += 1;
        }
        for tag in html.split("<img").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            assert!(tag.contains("width=\"640\"") && tag.contains("height=\"400\""), "{tag}");
        }
    }
    (addresses, shown)
}

both! {
    fn every_picture_comes_from_the_program(env: &Env) {
        let server = env.sample();
        let (addresses, shown) = pictures(server);
        assert!(addresses.len() == shown && shown > 35, "{shown}: {addresses:?}");
        for address in &addresses {
            assert!(address.starts_with("/sample/"), "{address}");
            let picture = server.reader.get(address, &[]);
            assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/svg+xml")), "{address}");
            assert!(picture.text.starts_with("<svg ") && picture.text.contains(r#"width="640" height="400""#), "{address}");
            // A picture loads nothing either.
            for part in ["href", "<script", "<style", "<image", "url(", "@import"] {
                assert!(!picture.text.contains(part), "{address} contains {part}");
            }
            let etag = picture.header("etag").unwrap();
            assert_eq!(server.reader.get(address, &[("if-none-match", etag)]).status, 304, "{address}");
        }
        assert_eq!(server.reader.get("/sample/nothing.svg", &[]).status, 404);
    }
}

/// With `--public-url`, the articles name the pictures at that URL.
#[test]
fn pictures_have_the_public_url() {
    let folder = Folder::new("pictures");
    let url = format!("sqlite:{}", folder.path.join("sample.db").display());
    let server = Server::serving("dev --listen 127.0.0.1:0 --public-url https://www.example/api", &url);
    let (addresses, _) = pictures(&server);
    assert!(
        addresses.iter().all(|address| address.starts_with("https://www.example/api/sample/")),
        "{addresses:?}"
    );
}
