//! `wenlu` and `wenlu serve`. In: settings and flags. Out: a server that runs until a signal stops
//! it.

use super::context::{GlobalFlags, database};
use super::output::{err_line, err_text, out_line};
use crate::app::{self, AppError};
use crate::reload::KnowledgeStatus;
use crate::settings::Settings;
use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wenlu_core::knowledge::diagnostic;

#[derive(clap::Args, Debug, Default)]
pub(super) struct ServeArgs {
    /// Address and port of the chat page and the API [default: 127.0.0.1:8080] [env: WENLU_LISTEN]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Where conversations and the journal are kept [default: sqlite://wenlu.db] [env: DATABASE_URL]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

pub(super) fn run(global: &GlobalFlags, args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::load(&global.setting_flags())?;
    settings.server.listen = args.listen.unwrap_or(settings.server.listen);
    if let Some(url) = args.database {
        settings.store.database = database("--database", url)?;
    }
    super::folder::source(&settings, None)?;
    app::start_logging(&settings.log);
    for warning in &settings.warnings {
        tracing::warn!(%warning, "settings");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> anyhow::Result<ExitCode> {
    // bind the port first, so that a second start by mistake fails at once
    let listener = listen(settings.server.listen).await?;
    let address = listener.local_addr()?;
    let stop = StopSignals::new()?;
    let zone = settings.handover.timezone.clone();
    let app = match app::build(settings).await {
        Ok(app) => app,
        Err(AppError::Knowledge(mistakes)) => {
            err_text(&mistakes.render(true));
            bail!("数据文件有误，没有启动 / the data files have mistakes; not started");
        }
        Err(other) => return Err(other.into()),
    };
    say_what_serves(&app.status(), zone);
    out_line(&format!(
        "问路已启动，请在浏览器打开 / The chat page is at http://{}",
        reachable(address)
    ))?;
    if let Some(path) = app.first_link().await? {
        let link = format!("http://{}{path}", reachable(address));
        // the reader of our output may be gone by now; `out_line` takes that as success
        out_line(&format!(
            "运营页面还没有帐号，请在 24 小时内打开这个一次性链接，创建管理员 / To create the first account of the \
             operators' pages:\n  {link}"
        ))?;
    }
    app.run_until(listener, stop.wait()).await?;
    Ok(ExitCode::SUCCESS)
}

/// If the server starts on the last good knowledge, prints the mistakes of the files and what is in
/// use instead.
fn say_what_serves(status: &KnowledgeStatus, zone: TimeZone) {
    let (Some(refused), Some(since)) = (&status.refused, status.kept_since) else {
        return;
    };
    let since = jiff::Timestamp::from_millisecond(since.0)
        .unwrap_or_default()
        .to_zoned_datetime(zone);
    let since = since.strftime("%Y-%m-%d %H:%M");
    err_line(&format!(
        "数据文件现在不能用，先用数据库里上一次正确的知识（{}，{since} 生效）回答；改好保存后自动生效。\n\
         The data files cannot serve; the last good knowledge does, until they are mended.\n\n{}",
        status.version,
        diagnostic::render(&refused.errors, &refused.texts, true)
    ));
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "端口被占用 / {address} is in use by another program: stop it, or choose another port with --listen or WENLU_LISTEN"
        ),
        ErrorKind::PermissionDenied => anyhow::anyhow!(
            "没有权限 / not allowed to listen on {address}: choose a port above 1023 with --listen or WENLU_LISTEN"
        ),
        _ => anyhow::Error::new(error).context(format!("无法监听 / cannot listen on {address}")),
    })
}

/// An address that a browser on this machine can open: loopback instead of `0.0.0.0`.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Waits for SIGINT or SIGTERM.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn new() -> anyhow::Result<Self> {
        let catch = |kind| signal(kind).context("cannot wait for signals");
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
        })
    }

    /// Returns at the first signal, for a clean stop; a second signal exits at once with code 130.
    async fn wait(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("stopped by a second signal");
            std::process::exit(130);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
