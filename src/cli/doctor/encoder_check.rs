//! The encoder: whether it answers, and with the vectors that are kept; or whether its table can be
//! read. In: the settings. Out: findings, and whether routers can use it.

use super::finding::AreaFindings;
use super::patience::PATIENCE;
use crate::app::{CHINESE_TABLE, encoder_config, is_mostly_chinese};
use crate::cli::folder;
use crate::encoder::{EncoderProbe, StaticTable, TableError, probe};
use crate::settings::Settings;
use std::path::Path;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::files::validate_files;
use wenlu_core::router::texts_to_learn;

/// Also true where none is set.
pub(super) async fn look(settings: &Settings, findings: &mut AreaFindings<'_>) -> bool {
    if let Some(table) = &settings.encoder.table {
        return look_at_table(settings, table, findings);
    }
    let Some(config) = encoder_config(settings) else {
        let said = "没有设编码器，只按字词算 / none is set: messages are scored by their words";
        findings.good("encoder.answers", said);
        return true;
    };
    let texts = knowledge(settings).map_or_else(Vec::new, |known| texts_to_learn(&known));
    match probe(&config, texts, PATIENCE).await {
        Ok(EncoderProbe {
            dimensions: Some(dimensions),
            kept,
        }) => {
            let said = format!(
                "答得上来，每个向量 {dimensions} 个数，已存 {kept} 个 / it answers, with {dimensions} numbers a vector; {kept} are kept"
            );
            findings.good("encoder.answers", said);
            true
        }
        Ok(EncoderProbe { kept, .. }) => {
            let said = format!(
                "换了模型：存着的 {kept} 个向量不是它的 / another model than that of the {kept} vectors kept"
            );
            let todo = "不用做什么，启动以后会重新要一遍 / nothing: they are asked for anew";
            findings.note("encoder.answers", said, todo);
            true
        }
        Err(error) => {
            let todo = "核对 WENLU_EMBEDDINGS_URL、_KEY 和 _MODEL，看它在不在运行；在那之前只按字词算 / \
                        see whether it runs; until then messages are scored by their words";
            findings.note("encoder.answers", error.to_string(), todo);
            false
        }
    }
}

fn look_at_table(settings: &Settings, table: &Path, findings: &mut AreaFindings<'_>) -> bool {
    let said = |error: TableError| error.to_string();
    if let Err(error) = StaticTable::load(table).map_err(said) {
        let todo =
            "改成放着 tokenizer.json 和 model.safetensors 的文件夹 / name a folder that holds both";
        findings.bad("encoder.table", error, todo);
        return false;
    }
    let shown = format!("静态向量表 {} / a static table", table.display());
    match knowledge(settings).is_some_and(|known| is_mostly_chinese(&known)) {
        true => findings.note("encoder.table", shown, CHINESE_TABLE),
        false => findings.good("encoder.table", shown),
    }
    true
}

/// `None`: it is told elsewhere what is wrong with it.
fn knowledge(settings: &Settings) -> Option<Knowledge> {
    let files = folder::source(settings, None).ok()?.files();
    validate_files(&files).ok().map(|loaded| loaded.knowledge)
}
