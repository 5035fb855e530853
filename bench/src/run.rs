//! The subcommand `run`: generates missing databases, starts servers, measures in turns, and reports.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::Timestamp;

use crate::cli::{Part, RunOptions};
use crate::delivery::{self, Delivery};
use crate::failure::{Result, While, failed};
use crate::generate::server_beside;
use crate::growth::Growth;
use crate::report::Report;
use crate::storage::Storage;

/// Runs the subcommand `run`.
pub(crate) fn run(options: &RunOptions) -> Result<()> {
    let mut sizes = options.sizes.clone();
    sizes.sort_unstable();
    sizes.dedup();
    let work_dir = work_dir(options.storage.work_dir.as_deref())?;
    let program = server_beside(options.storage.server.as_deref())?;
    #[expect(clippy::disallowed_methods, reason = "a report tells its date, and slugs must be new")]
    let now = Timestamp::now();
    let mut report = Report::begin(now, &program);
    let open = |database: &_| Storage::open(*database, options.storage.postgres_url.as_deref(), &work_dir);
    let storages = options.storage.databases.iter().map(open).collect::<Result<Vec<Storage>>>()?;
    let has = |part| options.parts.contains(&part);
    if has(Part::Growth) {
        let growth = Growth {
            program: &program,
            work_dir: &work_dir,
            sizes: &sizes,
            rounds: options.rounds,
            requests: options.requests,
            warm_up: options.warm_up,
            regenerate: options.regenerate,
        };
        for storage in &storages {
            report.growth.push(growth.run(storage)?);
        }
    }
    if has(Part::Delivery) || has(Part::Peers) {
        let delivery = Delivery {
            program: &program,
            work_dir: &work_dir,
            storages: &storages,
            options,
            with_peers: has(Part::Peers),
            run: &format!("{:x}", now.as_microsecond()),
        };
        report.delivery = Some(delivery.run()?);
    }
    report.reach = delivery::reach(&report.growth, report.delivery.as_ref());
    report.end();
    let json = report.json()?;
    let (page, picture) = (report.markdown(), report.picture());
    let files = [("report.json", Some(json)), ("report.md", Some(page)), ("report.svg", picture)];
    for (name, text) in files {
        if let Some(text) = text {
            let path = work_dir.join(name);
            fs::write(&path, text).during(path.display())?;
        }
    }
    // The output may be a closed pipe. The files have the complete report.
    let words = format!("report.json, report.md and report.svg are in {}.", work_dir.display());
    let _ = writeln!(std::io::stdout(), "{}\n{words}", report.text());
    Ok(())
}

/// Returns the work folder: the named one, or `target/bench`. Creates it if it does not exist.
pub(crate) fn work_dir(named: Option<&Path>) -> Result<PathBuf> {
    let dir = match named {
        Some(dir) => dir.to_owned(),
        None => {
            let own = std::env::current_exe().during("finding this program")?;
            match own.parent().and_then(Path::parent) {
                Some(target) => target.join("bench"),
                None => return failed("name a folder with `--work-dir`"),
            }
        }
    };
    fs::create_dir_all(&dir).during(dir.display())?;
    dir.canonicalize().during(dir.display())
}
