//! The names of columns, in Chinese and English, and what they mean. In: a name. Out: the role of its
//! column. Must not know: tables.

use std::fmt;
use wenlu_core::text::normalize::{is_han, normalize};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColumnRole {
    Question,
    /// Further wordings of the question.
    Similar,
    Answer,
    Intent,
    Title,
    Category,
    Id,
    Disabled,
    Enabled,
    /// Near misses.
    Not,
    AnswerEn,
    TitleEn,
    /// What asks for a section of the reply, in tables of ours.
    Sections,
    /// Menu or gap, in tables of ours.
    Kind,
    /// A hash of the row as it was exported, in tables of ours.
    Check,
    /// Says nothing that could be used.
    Nothing,
}

use ColumnRole::*;

/// Names of columns, in lower case, without white space, `_` and `-`.
#[rustfmt::skip]
const NAMES: &[(ColumnRole, &[&str])] = &[
    (Question, &["question", "questions", "q", "utterance", "utterances", "text", "query", "sentence",
        "example", "prompt", "instruction", "ask", "input", "phrase", "standardquestion", "问题", "问法",
        "标准问", "标准问题", "标准问法", "问", "提问", "问句", "句子", "例句", "用户问题", "用户问法",
        "常见问题", "主问题", "问题描述", "问题内容", "问题名称", "语料", "文本", "说法", "话术"]),
    (Similar, &["similar", "similarquestion", "similarquestions", "alternatives", "alternativequestions",
        "alternatequestions", "variants", "variations", "paraphrases", "index", "indexes", "expandquestion",
        "expandquestions", "扩展问", "扩展问题", "扩展问法", "相似问", "相似问题", "相似问法", "相似说法",
        "同义问", "同义问法", "其他问法", "其它问法", "补充问法", "补充用户问法", "关联问", "问题别名",
        "englishquestion", "englishquestions", "questionen", "英文问题", "英文问法"]),
    (Answer, &["answer", "answers", "a", "reply", "response", "responses", "output", "solution", "答案",
        "回答", "答复", "回复", "标准答案", "标准回复", "答", "机器人回答", "机器人回复", "答案内容",
        "回答内容", "回复内容", "解答", "解决方案", "解决办法", "处理方法", "内容", "content"]),
    (Intent, &["intent", "intents", "label", "intentname", "class", "意图", "意图名称", "意图名", "标签"]),
    (Title, &["title", "标题", "知识标题", "知识名称", "知识点"]),
    (Category, &["category", "categories", "topic", "group", "section", "skill", "分类", "类别", "类目",
        "目录", "技能", "技能名称", "知识分类", "问题分类", "问题类型", "问题类别", "所属分类", "所属类目",
        "一级分类", "大类", "小类", "分组", "类型", "主题"]),
    (Id, &["id", "qid", "编号"]),
    (Disabled, &["disabled", "disable", "是否禁用", "禁用", "是否停用", "停用"]),
    (Enabled, &["enabled", "是否启用", "启用", "是否有效", "状态", "启用状态", "status", "state"]),
    (Not, &["not", "nearmisses", "反例", "近似的反例"]),
    (AnswerEn, &["englishanswer", "answeren", "英文答案"]),
    (TitleEn, &["englishtitle", "titleen", "英文标题"]),
    (Sections, &["分节问法"]),
    (Kind, &["种类"]),
    (Check, &["校验"]),
    (Nothing, &["序号", "no", "no.", "#", "行号", "number", "rownumber"]),
];

impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Question => "问题",
            Similar => "其他问法",
            Answer => "答案",
            Intent => "意图",
            Title => "标题",
            Category => "分类",
            Id => "编号",
            Disabled => "是否禁用",
            Enabled => "是否启用",
            Not => "反例",
            AnswerEn => "英文答案",
            TitleEn => "英文标题",
            Sections => "分节问法",
            Kind => "种类",
            Check => "校验",
            Nothing => "不用",
        })
    }
}

/// What a column of this name holds.
pub(super) fn role_of(name: &str) -> Option<ColumnRole> {
    exact_role(name).or_else(|| holding(&normal(name)))
}

/// What a column holds that is called exactly so, but for a number behind it.
pub(super) fn exact_role(name: &str) -> Option<ColumnRole> {
    let name = normal(name);
    let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let exact = |name: &str| {
        let with_names = NAMES.iter().find(|(_, names)| names.contains(&name));
        with_names.map(|(role, _)| *role)
    };
    exact(&name).or_else(|| exact(unnumbered))
}

/// What a longer Chinese name says by one of its parts; what describes something else is left alone.
fn holding(name: &str) -> Option<ColumnRole> {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&DESCRIBING) {
        return None;
    }
    match () {
        () if has(&["答案类", "回答类", "回复类"]) => None,
        () if has(&["分类", "类别", "类目", "大类", "小类", "类型"]) => Some(Category),
        () if has(&["相似问", "扩展问", "同义问", "相似说法"]) => Some(Similar),
        () if has(&["答案", "回答", "答复", "回复"]) => Some(Answer),
        () if has(&["问题", "问法", "标准问", "提问", "问句"]) => Some(Question),
        () => None,
    }
}

/// Parts of names of columns that describe a question or an answer and are none.
#[rustfmt::skip]
const DESCRIBING: [&str; 27] = [
    "阈值", "优先级", "时间", "日期", "数量", "次数", "频率", "热度", "点击", "浏览", "状态", "来源", "链接",
    "人", "部门", "语言", "格式", "编号", "序号", "备注", "附件", "图片", "关键", "标签", "级别", "等级", "id",
];

/// A name without what people put around it: brackets with a hint, `*` for what is required.
pub(super) fn normal(name: &str) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    for c in name.trim().chars() {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth > 0 || c.is_whitespace() => {}
            '*' | '_' | '-' | '：' | ':' | '\u{feff}' | '＊' => {}
            _ => out.extend(c.to_lowercase()),
        }
    }
    // 問題 is 问题; other names keep their signs, such as the point of `no.`
    match out.chars().any(is_han) && out.chars().all(char::is_alphanumeric) {
        true => normalize(&out),
        false => out,
    }
}
