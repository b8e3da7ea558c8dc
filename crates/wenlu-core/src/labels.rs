//! Labels that operators read about a decision: the Chinese names of outcomes, reasons, features
//! and evidence. In: values. Out: words. Shared by the terminal and the operators' pages; an asker
//! sees none of it.

use crate::model::{Decision, ScoreSource};
use crate::model::{TurnOutcome, UnansweredReason};
use crate::router::DecisionReason;
use crate::router::explanation::{ClassKind, Explanation};
use crate::router::features::FeatureKind;
use crate::text::changes::NormalizationRule;

/// Why a question counts as unanswered: 没听懂.
pub fn unanswered_label(reason: UnansweredReason) -> &'static str {
    match reason {
        UnansweredReason::Unknown => "没听懂",
        UnansweredReason::Gap => "没有资料",
        UnansweredReason::NotCovered => "资料没写到",
        UnansweredReason::Clarified => "反问后没有选",
        UnansweredReason::NoneOfThese => "选了都不是",
        UnansweredReason::Unsolved => "没解决",
        UnansweredReason::Repeated => "换了说法再问",
        UnansweredReason::HandedOver => "随后转人工",
    }
}

/// What a turn led to: 回答.
pub fn turn_outcome_label(outcome: TurnOutcome) -> &'static str {
    match outcome {
        TurnOutcome::Start => "欢迎",
        TurnOutcome::Topics => "热门问题",
        TurnOutcome::Answered => "回答",
        TurnOutcome::Clarified => "反问",
        TurnOutcome::Menu => "菜单",
        TurnOutcome::Unknown => "没听懂",
        TurnOutcome::Gap => "没有资料",
        TurnOutcome::Step => "步骤",
        TurnOutcome::FollowUp => "追问",
        TurnOutcome::Choice => "所选的回答",
        TurnOutcome::NoneOfThese => "都不是",
        TurnOutcome::Acknowledged => "应答",
        TurnOutcome::Solved => "有用",
        TurnOutcome::Unsolved => "没解决",
        TurnOutcome::Human => "转人工",
        TurnOutcome::Expired => "选项已过期",
        TurnOutcome::Refused => "没有读",
        TurnOutcome::Help => "介绍",
        TurnOutcome::Relayed => "转给同事",
        TurnOutcome::Person => "同事说的",
        TurnOutcome::Taken => "同事接手",
        TurnOutcome::Released => "同事离开，重新排队",
        TurnOutcome::GivenBack => "交回机器人",
        TurnOutcome::Rated => "评价人工",
        TurnOutcome::Commented => "补充说明",
    }
}

/// A share, 0 to 1, as a percentage with one decimal: `12.3%`.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A decision with its intent: 回答 `delete-miniprogram`.
pub fn decision_label(decision: Decision, intent: Option<&str>) -> String {
    match (decision, intent) {
        (Decision::Answer, Some(intent)) => format!("回答 {intent}"),
        (Decision::Menu, Some(intent)) => format!("菜单 {intent}"),
        (Decision::Clarify, _) => "反问".to_owned(),
        _ => "不知道".to_owned(),
    }
}

/// The reason of a decision in words, with its numbers.
pub fn decision_reason_label(e: &Explanation) -> String {
    reason_label(e.gate, Some(e))
}

/// The same without numbers.
pub fn brief_reason_label(gate: DecisionReason) -> String {
    reason_label(gate, None)
}

fn reason_label(gate: DecisionReason, explained: Option<&Explanation>) -> String {
    // left out of the brief form
    let detail = |text: String| explained.map_or_else(String::new, |_| format!("：{text}"));
    let worth_asking = explained.map_or_else(
        || "程度".to_owned(),
        |e| format!(" {:.4}", e.limits.clarify),
    );
    let runner_up = explained.and_then(|e| e.runner_up.as_ref());
    let share = runner_up.map_or_else(String::new, |rival| percent(rival.share));
    match gate {
        DecisionReason::Exact => "与例句相同".to_owned(),
        DecisionReason::Topic => "一两个词，说的是菜单的话题，还没有问什么".to_owned(),
        DecisionReason::NoContent => {
            "没有实词".to_owned() + &detail("光凭“怎么”“小程序”这样的词不回答".to_owned())
        }
        DecisionReason::Unaccounted => {
            "首选的例句里没有这句话的任何实词".to_owned() + &detail("多半只是句式相像".to_owned())
        }
        DecisionReason::Confident => "把握达到阈值，也没有相近的对手".to_owned(),
        DecisionReason::CloseRival => {
            "把握达到阈值，但第二名太近".to_owned() + &detail(format!("可能性是首选的 {share}"))
        }
        DecisionReason::MenuLikelier => {
            "菜单比首选更有可能，而把握不到阈值，或者菜单明显更有可能".to_owned()
        }
        DecisionReason::GapLikelier => {
            "没有资料的话题比首选更有可能，而把握不到阈值，或者它明显更有可能".to_owned()
        }
        DecisionReason::OutOfScopeLikelier => "把握不到阈值，范围外比首选更有可能".to_owned(),
        DecisionReason::EverydayLikelier => {
            "把握达到阈值，但知识库还小，而这更像日常闲话".to_owned()
        }
        DecisionReason::NearlySure => format!("把握不到阈值，但到了值得反问的{worth_asking}"),
        DecisionReason::BelowThreshold => {
            format!("把握不到阈值，也不到值得反问的{worth_asking}，或另一边更有可能")
        }
        DecisionReason::NoCandidates => "知识库里没有可以回答的意图".to_owned(),
        DecisionReason::Elsewhere => {
            "说的是词表 elsewhere 里的别的平台或产品，而首选的例句和标题没有提到过它".to_owned()
        }
    }
}

/// The kind of a class in parentheses; empty for an answer and for out of scope.
pub fn class_kind_label(kind: ClassKind) -> &'static str {
    match kind {
        ClassKind::Answer | ClassKind::OutOfScope => "",
        ClassKind::Menu => "（菜单）",
        ClassKind::Gap => "（没有资料）",
    }
}

/// What kind of feature it is: 字.
pub fn feature_kind_label(family: FeatureKind) -> &'static str {
    match family {
        FeatureKind::Chars => "字",
        FeatureKind::Sounds => "读音",
        FeatureKind::UnitPairs => "字对",
        FeatureKind::Letters => "字母",
        FeatureKind::Stems => "词干",
        FeatureKind::Pairs => "词对",
        FeatureKind::Concepts => "同义词",
        FeatureKind::Keywords => "关键词",
        FeatureKind::Encoder => "编码器",
    }
}

/// What a turn was routed by, where an encoder is set: 编码器.
pub fn score_source_label(scored_by: ScoreSource) -> &'static str {
    match scored_by {
        ScoreSource::Encoder => "编码器",
        ScoreSource::Lexical => "编码器没及时回答，只按字词",
    }
}

/// A name of the evidence in words; a name that is not known as it is.
pub fn evidence_label(name: &str) -> &str {
    match name {
        "logit" => "首选的得分",
        "log_probability" => "首选的概率（对数）",
        "centroid_cosine" => "与首选全部例句的相似度",
        "coverage" => "消息里例句见过的部分",
        "class_coverage" => "首选的例句里也有的部分",
        "class_usual" => "首选的例句里常有的部分",
        "length" => "消息说了多少",
        "other_mass" => "菜单、没有资料的话题和范围外所占（对数几率）",
        other => other,
    }
}

/// What a rule of normalisation does: 繁体转简体.
pub fn normalization_rule_label(rule: NormalizationRule) -> &'static str {
    match rule {
        NormalizationRule::Invisible => "去掉看不见的字符",
        NormalizationRule::WidthAndCase => "全角和大写",
        NormalizationRule::Simplified => "繁体转简体",
        NormalizationRule::Symbols => "去掉表情和符号",
        NormalizationRule::Repeats => "缩短重复",
        NormalizationRule::Punctuation => "去掉标点和空格",
    }
}
