//! What the system allows the process. In: the limits of this process, which the server inherits
//! where it is started the same way. Out: findings.

use super::finding::AreaFindings;

/// Every connection is a descriptor, and an open page holds one.
#[cfg(unix)]
const ENOUGH_FILES: u64 = 4_096;

#[cfg(unix)]
pub(super) fn look(findings: &mut AreaFindings<'_>) {
    use rustix::process::{Resource, getrlimit};
    // the server raises the soft limit to this one
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < ENOUGH_FILES => findings.note(
            "system.files",
            format!("最多只能打开 {most} 个文件和连接 / files and connections at most"),
            "用 ulimit -n 或 systemd 的 LimitNOFILE= 调高 / raise it",
        ),
        Some(most) => findings.good(
            "system.files",
            format!("最多可以打开 {most} 个文件和连接 / files and connections"),
        ),
        None => findings.good(
            "system.files",
            "打开文件和连接的数量没有限制 / no limit of files",
        ),
    }
}

#[cfg(not(unix))]
pub(super) fn look(_: &mut AreaFindings<'_>) {}
