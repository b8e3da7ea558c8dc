//! A table of questions and answers, uploaded: what would come of it, and a draft with its diff and
//! tests. In: a file. Out: a draft; nothing goes live here.

use crate::admin::html::{PageResult, field, note, page, text};
use crate::admin::middleware::SignedInUser;
use crate::admin::upload::{UPLOAD_PATH, UploadedForm};
use crate::admin::{AdminError, AdminState};
use crate::review::import_merge::{ImportMerge, merge_import};
use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};
use wenlu_core::knowledge::files::DataFiles;
use wenlu_formats::{ImportOptions, ImportedKnowledge, TableColumns, import_bytes, losses};

/// How many lines of a list are shown.
const SHOWN: usize = 30;

pub(super) async fn show(user: SignedInUser) -> PageResult {
    Ok(page(
        &user,
        "/admin/intents",
        "导入表格",
        upload_form(&user),
    ))
}

/// Reads the file and makes a draft of what is new in it.
pub(super) async fn upload(
    State(admin): State<AdminState>,
    user: SignedInUser,
    sent: Option<Extension<UploadedForm>>,
) -> PageResult {
    let Extension(sent) = sent.ok_or(AdminError::BadForm)?;
    let body = match sent.file("file") {
        None => html! { (note("bad", "没有选文件。")) (upload_form(&user)) },
        Some((name, bytes)) => {
            let files = admin.change_service.settled_files().await?;
            let columns = sent.text("columns");
            let read = tokio::task::spawn_blocking(move || merged(&files, &name, bytes, &columns));
            match read.await.map_err(|_| AdminError::Failed)? {
                Err(why) => html! { (note("bad", &text(&why))) (upload_form(&user)) },
                Ok((imported, merge)) => result(&admin, &user, &imported, &merge).await?,
            }
        }
    };
    Ok(page(&user, "/admin/intents", "导入表格", body))
}

/// What the file adds to the data files; or why it cannot be used, in a sentence.
fn merged(
    files: &DataFiles,
    name: &str,
    bytes: Vec<u8>,
    columns: &str,
) -> Result<(ImportedKnowledge, ImportMerge), String> {
    let columns: Option<TableColumns> = match columns {
        "" => None,
        said => {
            let read = said.parse::<TableColumns>();
            Some(read.map_err(|error| format!("各列是什么：{error}"))?)
        }
    };
    let options = ImportOptions {
        format: None,
        columns: columns.as_ref(),
    };
    let imported = import_bytes(name, bytes, options).map_err(|error| error.to_string())?;
    let merge = merge_import(files, &imported).map_err(|error| error.to_string())?;
    Ok((imported, merge))
}

async fn result(
    admin: &AdminState,
    user: &SignedInUser,
    imported: &ImportedKnowledge,
    merge: &ImportMerge,
) -> Result<Markup, AdminError> {
    let draft = match merge.files.is_empty() {
        true => None,
        false => {
            let change = merge.change();
            Some(
                admin
                    .change_service
                    .draft_change(user.by(), &change)
                    .await?,
            )
        }
    };
    Ok(html! {
        section.card {
            h2 { "识别为" }
            @for why in imported.found.iter().flat_map(|found| &found.why) { p { (text(why)) } }
            @if let Some(id) = draft {
                p.acts { a.button href=(format!("/admin/changes/{id}")) { "看改动和影响，再决定发不发布" } }
            } @else {
                p { "没有要改的：表里的内容知识里都有了。" }
            }
        }
        (list("保持原样、请您自己看的", &merge.collisions))
        (list("新增", &merge.new))
        (list("补充", &merge.extended))
        (list("修改", &merge.edited))
        @if imported.own_rows.is_empty() { (lost(imported)) }
    })
}

fn list(name: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            section.card {
                h2 { (name) " " (lines.len()) " 个" }
                ul.rows { @for line in lines.iter().take(SHOWN) { li { (text(line)) } } }
                @if lines.len() > SHOWN { p.soft { "还有 " (lines.len() - SHOWN) " 个" } }
            }
        }
    }
}

/// What was left out or changed, by kind.
fn lost(imported: &ImportedKnowledge) -> Markup {
    let counts = losses(&imported.notes);
    html! {
        @if !counts.is_empty() {
            section.card {
                h2 { "没有带过来的和改动过的" }
                @for count in &counts {
                    p { (count.label) "：" (count.count) " 处" }
                    ul.rows { @for one in &count.first { li.soft { (text(&one.to_string())) } } }
                }
            }
        }
    }
}

fn upload_form(user: &SignedInUser) -> Markup {
    let file = html! { input type="file" name="file" required accept=".csv,.tsv,.txt,.xlsx,.xls,.ods,.json,.jsonl,.zip"; };
    let columns =
        html! { input name="columns" autocomplete="off" placeholder="question=1,answer=2"; };
    html! {
        p.soft { "选一张问答表（CSV、Excel、ODS、JSON），或别的系统导出的文件。先看会改什么、影响什么，再决定发不发布；这一步什么都不会改。" }
        form method="post" action=(UPLOAD_PATH) enctype="multipart/form-data" {
            input type="hidden" name="form_token" value=(user.form_token);
            (field("文件", file, "最大 8 MiB"))
            (field("各列是什么", columns, "列名是问题、答案一类的，就不用写"))
            p.acts { button.strong type="submit" { "看会得到什么" } }
        }
    }
}
