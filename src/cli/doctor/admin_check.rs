//! The way to the operators' pages: at which address, whether anybody has an account, and whether the
//! address answers. In: the settings, and what the database has of accounts. Out: findings.

use super::finding::AreaFindings;
use super::patience::PATIENCE;
use crate::settings::{AdminAddress, Settings};
use crate::store::diagnosis::DatabaseReport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came of asking for the sign-in page.
enum PageAnswer {
    Status(u16),
    /// Nobody listens there.
    Closed,
    Silent,
    /// HTTPS, which is not spoken here.
    NotAsked,
}

pub(super) async fn look(
    settings: &Settings,
    database: Option<&DatabaseReport>,
    findings: &mut AreaFindings<'_>,
) {
    let address = match settings.admin.address(&settings.server) {
        AdminAddress::Off => {
            return findings.good("admin.address", "WENLU_ADMIN=off，没有运营页面 / off");
        }
        AdminAddress::Unreachable => {
            return findings.bad(
                "admin.address",
                "从哪里都打不开 /admin：前面有反向代理，或没有监听本机地址 / it cannot be opened from anywhere",
                "设 WENLU_ADMIN_LISTEN=127.0.0.1:8081，再用 ssh -L 8081:127.0.0.1:8081 打开 / set it",
            );
        }
        AdminAddress::At(address) => address,
    };
    answers(&address, findings).await;
    match database.map(|report| report.has_accounts) {
        Some(true) => findings.good("admin.account", "有可用的帐号 / there is an account"),
        Some(false) => findings.note(
            "admin.account",
            "还没有帐号 / there is no account yet",
            "打开服务启动时打印的链接，或运行 wenlu admin add-user 名字 --role admin / \
             open the link that the start prints",
        ),
        // the database was said to be missing
        None => {}
    }
}

async fn answers(address: &str, findings: &mut AreaFindings<'_>) {
    let page = format!("{address}/admin");
    match ask(address).await {
        PageAnswer::Status(200..400) => {
            findings.good("admin.reachable", format!("{page} 打得开 / opens"))
        }
        PageAnswer::Status(status) => findings.bad(
            "admin.reachable",
            format!("{page} 返回 {status}：那里不是运营页面 / something else answers there"),
            "看是不是别的程序占了这个端口；服务的设置改过就重启 / \
             see what listens there; start again after a change of settings",
        ),
        PageAnswer::Closed => findings.note(
            "admin.reachable",
            format!("运营页面在 {page}，但现在没有程序在那里 / nobody listens there now"),
            "服务没有运行的话，启动它；在容器里时，到容器里运行这个命令 / \
             start the server, or run this beside it",
        ),
        PageAnswer::Silent => findings.bad(
            "admin.reachable",
            format!("{page} 没有回应 / does not answer"),
            "重启服务，并看它的日志 / start the server again, and see its log",
        ),
        PageAnswer::NotAsked => findings.good(
            "admin.reachable",
            format!("运营页面在 {page}（请用浏览器看看能不能打开）/ see in a browser"),
        ),
    }
}

async fn ask(address: &str) -> PageAnswer {
    let Some(host) = address.strip_prefix("http://") else {
        return PageAnswer::NotAsked;
    };
    match tokio::time::timeout(PATIENCE, status(host)).await {
        Ok(Ok(Some(status))) => PageAnswer::Status(status),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            PageAnswer::Closed
        }
        _ => PageAnswer::Silent,
    }
}

/// The status line is all that is wanted, so no client of HTTP is needed.
async fn status(host: &str) -> std::io::Result<Option<u16>> {
    let target = match host.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_owned(),
        _ => format!("{host}:80"),
    };
    let mut stream = TcpStream::connect(target).await?;
    let request = format!("GET /admin/login HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 64];
    let mut read = 0;
    while read < head.len() {
        match stream.read(&mut head[read..]).await? {
            0 => break,
            count => read += count,
        }
    }
    let head = String::from_utf8_lossy(&head[..read]);
    Ok(head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok()))
}
