//! The report about what an import drops, and the file with the whole report.

use serde_json::{Value, json};

use crate::support::{Folder, scratch};

fn post(body: &str) -> String {
    format!("---\ntitle: T\ndate: 2024-02-03\n---\n{body}\n")
}

both! {
    fn every_run_reports_what_it_drops(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("a.md", post("{{< chart a >}}\n\nText.\n\n{{< chart b >}}"))
            .write("b.md", post("Text.\n\n{{< chart c >}}\n\n<object data=\"x\"></object>"))
            .write("c.md", "---\ntitle: T\ndate: 2024-02-03\nimage: {alt: A ward}\n---\nText.\n")
            .write("page.html", "<p>Not read</p>")
            .write("img/ward.png", "")
            .write("img/lift.PNG", "");
        let strict = folder.import(server.database(), &["--strict"]);
        assert_eq!(strict.code, Some(2), "{strict:?}");
        let reason = "refused    a.md:5: this would be dropped: `{{< chart >}}`. Say with --map-tag what the tags stand for";
        assert!(strict.stdout.starts_with(reason), "{}", strict.stdout);
        assert_eq!(server.reader.edition(), 0);

        let report = folder.import(server.database(), &[]).succeeded();
        insta::allow_duplicates! { insta::assert_snapshot!(report, @"
        dropped    {{< chart >}}: 3 in 2 files, first in a.md:5
        dropped    <object>: 1 in 1 file, first in b.md:9
        dropped    hero image without address: 1 in 1 file, first in c.md:4
        not read   1 .html (first page.html), 2 .png (first img/lift.PNG)
        3 imported, 0 updated, 0 unchanged, 0 drafts, 0 refused
        5 notes about content that was left out or changed: --verbose lists them
        The publication is at edition 1.
        ") }
        let mapped = ["--map-tag", "chart=drop", "--strict", "--source", "other"];
        let report = folder.import(server.database(), &mapped).stdout;
        assert!(!report.contains("chart"), "{report}");
        let complaint = folder.import(server.database(), &["--map-tag", "chart=graph"]).failed();
        assert!(complaint.contains("--map-tag: `graph` is not a kind of tag: the kinds are picture, video, link"), "{complaint}");
    }

    fn the_report_can_be_written_to_a_file(env: &Env) {
        let server = env.server();
        let folder = Folder::new("site");
        folder
            .write("a.md", post("## Hours\n\n![A ward](ward.png) and [a link](/x/)\n\n{{< chart a >}}"))
            .write("b.md", "---\ntitle: Undated\ntags: [C, 权利, 权力]\n---\nText.\n")
            .write("c.md", "---\ntitle: [\n---\nText.\n");
        let path = scratch::path("report").with_extension("json");
        folder.import(server.database(), &["--report", path.to_str().unwrap()]).succeeded();
        let report: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(report["source"], "site");
        assert_eq!((&report["dryRun"], &report["edition"]), (&json!(false), &json!(1)));
        assert_eq!(report["counts"], json!({
            "imported": 1, "updated": 0, "unchanged": 0, "drafts": 1, "refused": 1, "moved": 0, "undated": 1,
        }));
        assert_eq!(report["kept"], json!({"words": 5, "pictures": 1, "links": 1, "headings": 1}));
        assert_eq!(report["dropped"], json!([{"what": "{{< chart >}}", "count": 1, "files": 1, "path": "a.md", "line": 9}]));
        assert_eq!(report["labels"], json!([
            {"kind": "tag", "name": "权力", "other": "权利", "slug": "quan-li-2", "isSame": false},
        ]));
        assert_eq!(report["created"], json!({"tag": 3}));
        let files = report["files"].as_array().unwrap();
        let outcomes: Vec<_> = files.iter().map(|file| (file["path"].as_str().unwrap(), file["outcome"].as_str().unwrap())).collect();
        assert_eq!(outcomes, [("a.md", "imported"), ("b.md", "draft"), ("c.md", "refused")]);
        assert_eq!((&files[1]["undated"], &files[2]["line"]), (&json!(true), &json!(2)));
        assert!(files[2]["reason"].as_str().unwrap().contains("not YAML"), "{report:#}");
        std::fs::remove_file(path).unwrap();
        let complaint = folder.import(server.database(), &["--report", "/nowhere/report.json"]).failed();
        assert!(complaint.contains("/nowhere/report.json"), "{complaint}");
    }
}
