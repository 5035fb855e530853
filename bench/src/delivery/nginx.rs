//! The baseline nginx, which serves the answers as files: the cost of a server in C that only sends bytes.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::bare::Answers;
use crate::affinity::Affinity;
use crate::failure::{Failure, Result, While};
use crate::held::HeldProcess;

/// The usual paths of nginx, for when it is not in `PATH`.
const PLACES: [&str; 2] = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];

/// Starts nginx in `dir`. It serves each answer at its path.
pub(crate) fn start(
    dir: &Path,
    address: SocketAddr,
    answers: &Answers,
    affinity: Affinity,
) -> Result<HeldProcess> {
    let program = installed().ok_or_else(|| Failure("nginx is not installed".to_owned()))?;
    let files = dir.join("files");
    fs::create_dir_all(&files).during(files.display())?;
    for (path, answer) in answers {
        let file = files.join(path.trim_start_matches('/'));
        fs::write(&file, &answer.body).during(file.display())?;
    }
    let root = fs::metadata("/proc/self").during("/proc/self")?.uid() == 0;
    let configuration = dir.join("nginx.conf");
    fs::write(&configuration, configured(dir, address, root)).during(configuration.display())?;
    let mut command = affinity.program(&program);
    command.arg("-p").arg(dir).arg("-c").arg(&configuration);
    HeldProcess::start(&command, "TERM", &dir.join("log"), None)
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join("nginx"));
    on_path.chain(PLACES.map(PathBuf::from)).find(|program| program.is_file())
}

fn configured(dir: &Path, address: SocketAddr, root: bool) -> String {
    let dir = dir.display();
    // The workers must be able to read the files of root.
    let user = if root { "user root;\n" } else { "" };
    format!(
        "{user}daemon off;\nworker_processes 1;\npid \"{dir}/pid\";\nerror_log stderr warn;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 100000000;\n  \
         open_file_cache max=100;\n  client_body_temp_path \"{dir}/body\";\n  proxy_temp_path \"{dir}/proxy\";\n  \
         fastcgi_temp_path \"{dir}/fastcgi\";\n  uwsgi_temp_path \"{dir}/uwsgi\";\n  scgi_temp_path \"{dir}/scgi\";\n  \
         server {{ listen {address}; root \"{dir}/files\"; default_type application/json; }}\n}}\n"
    )
}
