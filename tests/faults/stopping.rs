//! The server is stopped under load.

use crate::load::Load;

both! {
    fn a_stopping_server_answers_everybody_it_has_accepted(env: &Env) {
        let mut server = env.server_with(&[("GREYMATTERS_DRAIN", "1s")]);
        let mut load = Load::on(&server);
        for _ in 0..2 {
            let (progress, ()) = load.during(&server, |progress| {
                progress.wait_for_acknowledged(20);
                progress.allow_refused_connections();
                server.terminate();
                server.wait_for_log(|line| line["message"] == "stopped");
            });
            progress.assert_no_wrong_answers();
            let (acknowledged, refused, unknown) = progress.writes();
            assert_eq!((refused, unknown, progress.reads().1), (0, 0, 0), "{acknowledged} writes were acknowledged");
            assert!(server.ended().success());
            server = server.beside();
            load.check(&server);
        }
    }
}
