//! `wenlu` and `wenlu serve`. In: settings and flags. Out: a server that runs until a signal stops
//! it.

use super::context::{GlobalFlags, database};
use super::output::{err_line, err_text, out_line};
use super::stop_signals::StopSignals;
use crate::app::{self, App, AppError, AppListeners};
use crate::reload::KnowledgeStatus;
use crate::settings::{AdminAddress, Settings, local_url};
use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;
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

async fn serve(mut settings: Settings) -> anyhow::Result<ExitCode> {
    // bind the ports first, so that a second start by mistake fails at once
    let listeners = listen_all(&settings).await?;
    // with port 0, which ports they are is known only now
    settings.server.listen = listeners.chat.local_addr()?;
    if let Some(admin) = &listeners.admin {
        settings.admin.listen = Some(admin.local_addr()?);
    }
    let stop = StopSignals::new().context("cannot wait for signals")?;
    let zone = settings.handover.timezone.clone();
    let chat = settings.server.public_url.clone();
    let chat = chat.unwrap_or_else(|| local_url(settings.server.listen));
    let admin = settings.admin.address(&settings.server);
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
        "问路已启动，请在浏览器打开 / The chat page is at {chat}"
    ))?;
    say_how_to_begin(&app, &admin).await?;
    app.run_until(listeners, stop.wait()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn listen_all(settings: &Settings) -> anyhow::Result<AppListeners> {
    let chat = listen(settings.server.listen, "--listen or WENLU_LISTEN").await?;
    let admin = match settings.admin.own_listener() {
        Some(address) => Some(listen(address, "WENLU_ADMIN_LISTEN").await?),
        None => None,
    };
    Ok(AppListeners { chat, admin })
}

/// While the operators' pages have no account: prints the link that creates the first one, or, if
/// nobody could open it, what to set.
async fn say_how_to_begin(app: &App, admin: &AdminAddress) -> anyhow::Result<()> {
    match admin {
        AdminAddress::Off => {}
        AdminAddress::Unreachable => err_line(
            "运营页面 /admin 现在从哪里都打不开：前面有反向代理，或者没有监听本机地址。请设置 WENLU_ADMIN_LISTEN=127.0.0.1:8081 再重启。\n\
             /admin cannot be opened from anywhere; set WENLU_ADMIN_LISTEN=127.0.0.1:8081 and start again.",
        ),
        AdminAddress::At(address) => {
            let Some(path) = app.first_link().await? else {
                return Ok(());
            };
            // the reader of our output may be gone by now; `out_line` takes that as success
            out_line(&format!(
                "运营页面还没有帐号，请在 24 小时内打开这个一次性链接，创建管理员 / To create the first account of the \
                 operators' pages:\n  {address}{path}"
            ))?;
            if let Some(tunnel) = tunnel(address) {
                out_line(&format!(
                    "服务在另一台机器上时，先在自己的电脑上运行 / From another machine, first: {tunnel}"
                ))?;
            }
        }
    }
    Ok(())
}

/// The command that leads to an address on this machine from another one; `None` if the address is
/// not of this machine.
fn tunnel(address: &str) -> Option<String> {
    let local: SocketAddr = address.strip_prefix("http://")?.parse().ok()?;
    let port = local.port();
    local
        .ip()
        .is_loopback()
        .then(|| format!("ssh -L {port}:{local} HOST"))
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

/// `setting` is what names the address.
async fn listen(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "端口被占用 / {address} is in use by another program: stop it, or choose another port with {setting}"
        ),
        ErrorKind::PermissionDenied => anyhow::anyhow!(
            "没有权限 / not allowed to listen on {address}: choose a port above 1023 with {setting}"
        ),
        _ => anyhow::Error::new(error).context(format!("无法监听 / cannot listen on {address} ({setting})")),
    })
}
