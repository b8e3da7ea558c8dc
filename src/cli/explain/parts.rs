//! The part of `wenlu explain` about replies: which part of the open topic a message asks for, and how it
//! is read after what was said before. In: knowledge, a router, the messages. Out: values for JSON, and
//! lines. Must not know: how the router decides.

use crate::cli::style::{FAINT, GOOD, HEADING, align_left, paint};
use serde::Serialize;
use std::time::Duration;
use wenlu_core::dialogue::{
    Conversation, DialogueManager, HandoverDesk, ReadingEvidence, ReadingScores, TextRouter,
};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::{Incoming, IncomingBody, Lang, Timestamp};
use wenlu_core::passage::{PassageEvidence, PassageIndex, PassageRanking};

/// What of a reply a message gets, and why.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli) struct ExplainedParts {
    /// The intent whose reply is looked at: the open topic, else where the router sends the message.
    intent: Option<String>,
    /// Its parts, best first.
    parts: Vec<ExplainedPart>,
    /// The aspect that the message asks about and no part tells.
    missing: Option<&'static str>,
    /// How the message is read after what was said before.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<ExplainedReading>,
}

#[derive(Debug, Serialize)]
struct ExplainedPart {
    intent: String,
    section: Option<String>,
    confidence: f32,
    score: f32,
    evidence: PassageEvidence,
}

#[derive(Debug, Serialize)]
struct ExplainedReading {
    /// The topic that is open.
    topic: String,
    evidence: ReadingEvidence,
    scores: ReadingScores,
}

/// Parts shown; the others are far behind.
const MAX_PARTS: usize = 5;

/// Explains `text` after the messages `before`, each answered in turn.
pub(in crate::cli) fn explain_parts(
    knowledge: &Knowledge,
    router: &dyn TextRouter,
    before: &[String],
    text: &str,
) -> ExplainedParts {
    let passages = PassageIndex::of(knowledge);
    let manager = DialogueManager {
        knowledge,
        router,
        passages: &passages,
        ttl: Duration::from_secs(30 * 60),
        operators: None,
        operators_unreachable: false,
        desk: HandoverDesk::default(),
    };
    let mut conversation = Conversation::default();
    for (at, said) in before.iter().enumerate() {
        let incoming = Incoming {
            body: IncomingBody::Text(said.clone()),
            at: Timestamp(i64::try_from(at).unwrap_or_default()),
        };
        conversation = manager.answer(conversation, &incoming).conversation;
    }
    let topic = conversation.topic.as_ref().map(|t| t.target.intent.clone());
    let reading = manager
        .read_in_context(&conversation, text)
        .zip(topic.clone())
        .map(|((evidence, scores), topic)| ExplainedReading {
            topic,
            evidence,
            scores,
        });
    let routing = router.route(text);
    let looked_at = reading.as_ref().and(topic).or(routing.intent);
    let intent = looked_at.as_deref().and_then(|id| knowledge.intent(id));
    let lang = if before.is_empty() {
        routing.lang
    } else {
        conversation.lang
    };
    let ranking = intent.and_then(|intent| manager.rank_parts(intent, lang, text));
    ExplainedParts {
        intent: looked_at,
        missing: ranking
            .as_ref()
            .and_then(|ranking| Some(ranking.missing?.name(Lang::Zh))),
        parts: ranking.map(explained).unwrap_or_default(),
        reading,
    }
}

fn explained(ranking: PassageRanking) -> Vec<ExplainedPart> {
    let parts = ranking.parts.into_iter().take(MAX_PARTS);
    parts
        .map(|part| ExplainedPart {
            intent: part.target.intent,
            section: part.target.section,
            confidence: part.confidence,
            score: part.score,
            evidence: part.evidence,
        })
        .collect()
}

impl ExplainedParts {
    /// Lines for people; none if there is nothing to say.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(reading) = &self.reading {
            lines.extend(reading.lines());
        }
        if self.parts.is_empty() {
            return lines;
        }
        lines.push(paint(HEADING, "回复里的哪一部分"));
        if let Some(aspect) = self.missing {
            lines.push(format!("  资料没有写到{aspect}：先讲明这一点"));
        }
        lines.extend(self.parts.iter().map(ExplainedPart::line));
        lines
    }
}

impl ExplainedPart {
    fn line(&self) -> String {
        let PassageEvidence {
            words,
            coverage,
            phrase,
            title,
            sentence,
            aspects,
            title_aspects,
            title_word,
            general,
        } = self.evidence;
        let name = match &self.section {
            Some(section) => format!("{}#{section}", self.intent),
            None => self.intent.clone(),
        };
        let why = format!(
            "得分 {:.2}：词 {words:.2}，覆盖 {coverage:.2}，例句 {phrase:.2}，标题 {title:.2}，一句 {sentence:.2}，方面 {aspects:.2}，\
             标题的方面 {title_aspects:.2}，标题独有的词 {title_word:.2}，只说了话题 {general:.2}",
            self.score
        );
        format!(
            "  {} {:.2}  {}",
            align_left(&name, 32),
            self.confidence,
            paint(FAINT, why)
        )
    }
}

impl ExplainedReading {
    fn lines(&self) -> Vec<String> {
        let (e, s) = (&self.evidence, &self.scores);
        let yes = |flag: bool| if flag { "是" } else { "否" };
        let readings = [
            ("新的问题", s.question),
            ("正在谈的话题的一部分", s.part),
            ("资料没写到的方面", s.missing),
            ("同一菜单下的另一问", s.sibling),
        ];
        let most = readings.iter().map(|(_, score)| *score).fold(0.0, f32::max);
        let mut lines = vec![
            paint(HEADING, format!("接着 {} 说，读成什么", self.topic)),
            paint(
                FAINT,
                format!(
                    "  短 {:.2}，承接 {}，指代 {}，别的东西 {}，最像的部分 {:.2}，例句 {:.2}，生词 {:.2}，问方面 {}，别的话题 {:.2}，缺口 {:.2}",
                    e.brief,
                    yes(e.refers),
                    yes(e.points_back),
                    yes(e.other_thing),
                    e.part,
                    e.phrase,
                    e.foreign,
                    yes(e.asks_aspect),
                    e.elsewhere,
                    e.gap
                ),
            ),
        ];
        lines.extend(readings.map(|(name, score)| {
            let text = format!("  {} {score:.2}", align_left(name, 24));
            if score == most {
                paint(GOOD, text)
            } else {
                text
            }
        }));
        lines
    }
}
