//! Which format an input is in. In: files. Out: the format, why, and the files that belong to it; a
//! format that cannot be imported is refused by its name. Must not know: how a format is read.

use super::input::{ImportFile, ImportSource, ends};
use super::node::DataNode;
use super::{
    ImportError, ImportFormat, ImportLocation, botpress, chatterbot, json, patterns, qnamaker,
    rasa, table, wechat,
};
use std::collections::BTreeMap;

/// Formats in the order in which they are preferred where a folder holds several, tables last.
const ORDER: [ImportFormat; 11] = [
    ImportFormat::Dialogflow,
    ImportFormat::Rasa,
    ImportFormat::Botpress,
    ImportFormat::Nlpjs,
    ImportFormat::Qnabot,
    ImportFormat::Qnamaker,
    ImportFormat::Wechat,
    ImportFormat::Intents,
    ImportFormat::Chatterbot,
    ImportFormat::Jsonl,
    ImportFormat::Csv,
];

/// The format that was found.
#[derive(Debug)]
pub(crate) struct DetectedFormat {
    pub format: ImportFormat,
    pub why: String,
}

/// Finds the format of `source`, and moves files of others to those that are skipped.
pub(crate) fn detect(source: &mut ImportSource) -> Result<DetectedFormat, ImportError> {
    if let Some(why) = dialogflow_cx(source) {
        return Err(ImportLocation::file(&source.name).problem(format!(
            "这是 Dialogflow CX 的机器人（{why}），还不能导入：它的例句和回复分在意图、流程和页面里。可以先在控制台里导出\
             训练用语的 CSV，再导入那张表 / this is a Dialogflow CX agent, which cannot be imported; an ES agent can"
        )));
    }
    if let [only] = &source.files[..]
        && is_aiml(&only.name)
    {
        return Err(aiml(source));
    }
    let formats: Vec<Option<ImportFormat>> = source.files.iter().map(format_of).collect();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let rank = |format: &ImportFormat| ORDER.iter().position(|other| other == format);
    for at in formats.iter().flatten().filter_map(rank) {
        *counts.entry(at).or_default() += 1;
    }
    // tables stand in every kind of project; of several others, the one with the most files is meant
    let tables = ORDER.len() - 2;
    let found = counts
        .iter()
        .max_by_key(|(at, count)| (**at < tables, **count, std::cmp::Reverse(**at)))
        .and_then(|(at, _)| ORDER.get(*at))
        .copied();
    let format = match found {
        Some(ImportFormat::Csv | ImportFormat::Jsonl) | None if !source.books.is_empty() => {
            ImportFormat::Xlsx
        }
        Some(format) => format,
        None => return Err(unknown(source)),
    };
    let why = why(source, &formats, format);
    keep(source, &formats, format);
    Ok(DetectedFormat { format, why })
}

/// Keeps the files of a format that was asked for.
pub(crate) fn keep_named(source: &mut ImportSource, format: ImportFormat) {
    let endings: &[&str] = match format {
        ImportFormat::Tsv => &["tsv", "txt", "csv"],
        ImportFormat::Csv => &["csv", "tsv", "txt"],
        ImportFormat::Xlsx => &[],
        ImportFormat::Jsonl => &["json", "jsonl", "ndjson"],
        ImportFormat::Rasa => &["yml", "yaml", "md", "json"],
        ImportFormat::Chatterbot => &["yml", "yaml"],
        ImportFormat::Wechat | ImportFormat::Qnamaker => &["json", "csv", "tsv", "txt"],
        _ => &["json"],
    };
    if source.files.len() + source.books.len() == 1 {
        return;
    }
    let is_table = matches!(
        format,
        ImportFormat::Xlsx | ImportFormat::Csv | ImportFormat::Wechat | ImportFormat::Qnamaker
    );
    let fits = |file: &ImportFile| match format {
        // notes and corpora of other programs stand beside it
        ImportFormat::Rasa if ends(&file.name, &["md"]) => {
            rasa::is_rasa(file) || rasa::legacy::may_be_stories(&file.text)
        }
        ImportFormat::Rasa if ends(&file.name, &["json"]) => rasa::is_rasa(file),
        _ => ends(&file.name, endings),
    };
    retain(source, fits);
    if !is_table {
        let books = source.books.drain(..).map(|book| book.name);
        source.skipped.extend(books);
    }
}

fn keep(source: &mut ImportSource, formats: &[Option<ImportFormat>], format: ImportFormat) {
    let tables = [ImportFormat::Csv, ImportFormat::Jsonl, ImportFormat::Xlsx];
    let mut formats = formats.iter();
    let own = |found: Option<ImportFormat>| match found {
        Some(found) => found == format || tables.contains(&format) && tables.contains(&found),
        None => false,
    };
    retain(source, |file| {
        let found = formats.next().copied().flatten();
        // the settings of a project are named as what is lost
        let is_setting = match format {
            ImportFormat::Rasa => {
                let is_story = || rasa::legacy::may_be_stories(&file.text);
                ends(&file.name, &["yml", "yaml"]) || ends(&file.name, &["md"]) && is_story()
            }
            ImportFormat::Dialogflow => ends(&file.name, &["json"]),
            ImportFormat::Botpress => is_botpress_content(file),
            _ => false,
        };
        own(found) || is_setting
    });
    if !tables.contains(&format) {
        let books = source.books.drain(..).map(|book| book.name);
        source.skipped.extend(books);
    }
}

fn is_botpress_content(file: &ImportFile) -> bool {
    ends(&file.name, &["json"])
        && file.text.contains("formData")
        && json::parse(&file.text).is_ok_and(|root| botpress::is_content(&root))
}

fn retain(source: &mut ImportSource, mut fits: impl FnMut(&ImportFile) -> bool) {
    let files = std::mem::take(&mut source.files);
    let (kept, left): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| fits(file));
    source.files = kept;
    source
        .skipped
        .extend(left.into_iter().map(|file| file.name));
    source.skipped.sort();
}

/// What one file is; `None` if it is nothing that can be imported.
fn format_of(file: &ImportFile) -> Option<ImportFormat> {
    if rasa::is_rasa(file) {
        return Some(ImportFormat::Rasa);
    }
    if chatterbot::is_corpus(file) {
        return Some(ImportFormat::Chatterbot);
    }
    if ends(&file.name, &["yml", "yaml", "md"]) {
        return None;
    }
    let is_json = file.text.trim_start().starts_with(['{', '[']);
    if ends(&file.name, &["json", "jsonl", "ndjson"]) || is_json {
        return match json::parse(&file.text) {
            Ok(root) => json_format(&root, &file.name),
            Err(_) => is_json_lines(&file.text).then_some(ImportFormat::Jsonl),
        };
    }
    let is_table = ends(&file.name, &["csv", "tsv", "txt"]) || file.text.contains(['\t', ',', ';']);
    (is_table && !file.text.trim().is_empty()).then_some(ImportFormat::Csv)
}

fn is_json_lines(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| line.trim_start().starts_with('{') && json::parse(line).is_ok())
}

fn json_format(root: &DataNode, name: &str) -> Option<ImportFormat> {
    let list_of = |key: &str| root.get(key).map_or(&[][..], DataNode::items);
    let folder = name.rsplit(['/', '\\']).nth(1).unwrap_or_default();
    if !list_of("qna").is_empty() {
        return Some(ImportFormat::Qnabot);
    }
    if qnamaker::pairs(root).is_some() {
        return Some(ImportFormat::Qnamaker);
    }
    if wechat::is_export(root) {
        return Some(ImportFormat::Wechat);
    }
    if list_of("data")
        .iter()
        .any(|item| item.get("utterances").is_some())
    {
        return Some(ImportFormat::Nlpjs);
    }
    if patterns::items(root).is_some() {
        return Some(ImportFormat::Intents);
    }
    if folder == "intents" && (root.get("responses").is_some() || root.get("userSays").is_some()) {
        return Some(ImportFormat::Dialogflow);
    }
    if botpress::is_export(root) {
        return Some(ImportFormat::Botpress);
    }
    let records = table::records::list(root)?;
    let names: Vec<String> = records
        .iter()
        .flat_map(DataNode::pairs)
        .map(|(name, _)| name.clone())
        .collect();
    let row = table::SheetRow {
        line: 1,
        cells: names,
    };
    table::header::names_columns(&row).then_some(ImportFormat::Jsonl)
}

/// What shows that the folder is an agent of Dialogflow CX.
fn dialogflow_cx(source: &ImportSource) -> Option<&'static str> {
    let is_part = |file: &&ImportFile, folder: &str| {
        file.name
            .split(['/', '\\'])
            .rev()
            .nth(1)
            .is_some_and(|name| name == folder)
            && ends(&file.name, &["json"])
    };
    let has_phrases = source
        .files
        .iter()
        .any(|file| is_part(&file, "trainingPhrases") || file.text.contains("\"trainingPhrases\""));
    let has_flows = source.files.iter().any(|file| {
        file.name.split(['/', '\\']).any(|part| part == "flows")
            && file.text.contains("\"transitionRoutes\"")
    });
    match (has_phrases, has_flows) {
        (true, _) => Some("有 trainingPhrases"),
        (_, true) => Some("有 flows"),
        _ => None,
    }
}

fn why(source: &ImportSource, formats: &[Option<ImportFormat>], format: ImportFormat) -> String {
    let own = source
        .files
        .iter()
        .zip(formats)
        .find(|(_, found)| **found == Some(format))
        .map(|(file, _)| file.name.as_str());
    let own = own.or(source.books.first().map(|book| book.name.as_str()));
    let what = match format {
        ImportFormat::Dialogflow => "intents/ 里的文件有 responses",
        ImportFormat::Rasa => "有 nlu、responses、rules 这样的字段，或 ## intent: 这样的标题",
        ImportFormat::Botpress => "有 data.questions 和 data.answers，或 name 和 utterances",
        ImportFormat::Nlpjs => "data 里的每一项有 intent 和 utterances",
        ImportFormat::Qnabot => "有 qna 列表",
        ImportFormat::Qnamaker => "有 questions 和 answer 的列表",
        ImportFormat::Wechat => "data 里的每一项有 questions 和 answers",
        ImportFormat::Intents => "intents 里的每一项有 tag、patterns 和 responses",
        ImportFormat::Chatterbot => "有 conversations 列表，每一项是一段对话",
        ImportFormat::Jsonl => "字段的名字是问题、答案、意图一类",
        ImportFormat::Csv | ImportFormat::Tsv => "是分隔开的文字",
        ImportFormat::Xlsx => "是电子表格",
    };
    match own {
        Some(name) => format!("{name} {what}"),
        None => what.to_owned(),
    }
}

fn is_aiml(name: &str) -> bool {
    ends(name, &["aiml"])
}

fn aiml(source: &ImportSource) -> ImportError {
    ImportLocation::file(&source.name).problem(
        "这是 AIML 的机器人，还不能导入：它的 pattern 是带 * 的模板，不是人说的话。可以把问题和答案写成一张表再导入 / \
         this is AIML, which cannot be imported; a table of questions and answers can",
    )
}

fn unknown(source: &ImportSource) -> ImportError {
    if source.skipped.iter().any(|name| is_aiml(name)) {
        return aiml(source);
    }
    if source.files.iter().all(|file| file.text.trim().is_empty()) {
        return ImportLocation::file(&source.name).problem("里面是空的 / is empty");
    }
    let names: Vec<&str> = source
        .files
        .iter()
        .take(4)
        .map(|file| file.name.as_str())
        .collect();
    let what = format!(
        "看不出是什么格式（看了 {} 等 {} 个文件）。能导入的：问答表格（CSV、TSV、XLSX、XLS、ODS、JSON 行）、Rasa、微信对话开放平台、\
         QnA Maker、Botpress、nlp.js、Dialogflow ES、QnABot、ChatterBot、intents.json；知道是哪一种，就用 --from 指定 / unknown format; name it with --from",
        names.join("、"),
        source.files.len()
    );
    ImportLocation::file(&source.name).problem(what)
}
