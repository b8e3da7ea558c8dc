//! `wenlu doctor`: looks at everything that a server needs, changes nothing, and says what to do. In:
//! the settings. Out: findings, and exit code 1 if something must be mended. No call takes longer
//! than [`patience::PATIENCE`], and no secret is printed.

mod admin_check;
mod clock_check;
mod database_check;
mod encoder_check;
mod finding;
mod knowledge_check;
mod patience;
mod settings_check;
mod system_check;
mod telegram_check;
mod wecom_check;

use super::context::GlobalFlags;
use super::output::out_line;
use crate::settings::Settings;
use crate::store::diagnosis::DatabaseReport;
use finding::{AreaFindings, DoctorArea, DoctorFinding, is_well, json_of, shown};
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(super) struct DoctorArgs {
    /// Print one JSON object: {ok, findings: [{area, check, verdict, said, todo}]}; verdict is good, note or bad
    #[arg(long)]
    json: bool,
}

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  nothing must be mended
  1  something must be mended
  2  wrong usage";

pub(super) fn run(global: &GlobalFlags, args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut all = Vec::new();
    match Settings::load(&global.setting_flags()) {
        Ok(settings) => {
            let runtime = super::context::runtime()?;
            runtime.block_on(look(&settings, &mut all));
        }
        // without settings there is nothing to look at
        Err(mistakes) => {
            settings_check::unusable(&mistakes, &mut of(DoctorArea::Settings, &mut all))
        }
    }
    out_line(&match args.json {
        true => json_of(&all).to_string(),
        false => shown(&all),
    })?;
    Ok(match is_well(&all) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn look(settings: &Settings, all: &mut Vec<DoctorFinding>) {
    settings_check::look(settings, &mut of(DoctorArea::Settings, all));
    let database = database_check::report(settings).await;
    let known: Option<&DatabaseReport> = database.as_ref().ok();
    // first, so that no other look waits for one that does not answer
    let mut encoder = Vec::new();
    let is_there = encoder_check::look(settings, &mut of(DoctorArea::Encoder, &mut encoder)).await;
    knowledge_check::look(
        settings,
        known,
        is_there,
        &mut of(DoctorArea::Knowledge, all),
    );
    database_check::look(settings, &database, &mut of(DoctorArea::Database, all)).await;
    let telegram = telegram_check::report(settings).await;
    clock_check::look(known, telegram.as_ref(), &mut of(DoctorArea::Clock, all));
    telegram_check::look(
        settings,
        telegram.as_ref(),
        &mut of(DoctorArea::Telegram, all),
    );
    wecom_check::look(settings, &mut of(DoctorArea::Wecom, all)).await;
    all.append(&mut encoder);
    admin_check::look(settings, known, &mut of(DoctorArea::Admin, all)).await;
    system_check::look(&mut of(DoctorArea::System, all));
}

/// Whether a file can be made in a folder: one is, and taken away again.
fn try_file(folder: &Path) -> std::io::Result<()> {
    tempfile::Builder::new()
        .prefix(".wenlu-doctor-")
        .tempfile_in(folder)
        .map(drop)
}

fn of(area: DoctorArea, all: &mut Vec<DoctorFinding>) -> AreaFindings<'_> {
    AreaFindings { area, all }
}
