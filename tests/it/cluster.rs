//! Clusters of unanswered questions: what stands together, and that ids and members survive whatever comes later.

use std::collections::{BTreeMap, BTreeSet};
use wenlu::review::cluster::{
    Cluster, ClusterId, ClusterMarks, ClusterQuestion, ClusterTrend, clusters, nearest,
};
use wenlu::review::ignore::{IgnoredCluster, partition_ignored};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::model::{Candidate, Decision, Routing};
use wenlu_core::model::{Lang, Timestamp};
use wenlu_core::router::Router;

const DAY: i64 = 24 * 3_600 * 1_000;
const NOW: Timestamp = Timestamp(100 * DAY);

/// Questions with the ids 1, 2, 3 …, a day old.
fn questions(texts: &[&str]) -> Vec<ClusterQuestion> {
    let one = |(at, text): (usize, &&str)| ClusterQuestion {
        id: at as i64 + 1,
        text: (*text).to_owned(),
        at: Timestamp(NOW.0 - DAY),
        count: 1,
        cluster: None,
        candidates: Vec::new(),
    };
    texts.iter().enumerate().map(one).collect()
}

fn group(questions: &[ClusterQuestion]) -> Vec<Cluster> {
    clusters(questions, &ClusterMarks::default(), NOW)
}

fn ids(clusters: &[Cluster]) -> Vec<(i64, Vec<i64>)> {
    let mut all: Vec<_> = clusters
        .iter()
        .map(|c| (c.id.0, c.questions.clone()))
        .collect();
    all.sort();
    all
}

const ASKED: &[&str] = &[
    "退款多久到账",
    "发票怎么开",
    "退款多长时间能到账",
    "请问退款多久到账？？",
    "我想开发票怎么开",
    "今天天气怎么样",
    "退款多久到帳呢",
    "how do I reset my password",
    "發票怎麼開",
    "reset password how",
    "推款多久到账",
];

#[test]
fn like_questions_stand_together() {
    let found = group(&questions(ASKED));
    assert_eq!(
        ids(&found),
        [
            (1, vec![1, 3, 4, 7, 11]),
            (2, vec![2, 5, 9]),
            (6, vec![6]),
            (8, vec![8, 10])
        ]
    );
    let first = &found[0];
    assert_eq!(
        (first.id, first.count, first.representative.as_str()),
        (ClusterId(1), 5, "退款多久到账")
    );
    // 发票怎么开 in two scripts is one wording, and the frequent one stands for all
    let second = &found[1];
    assert_eq!(
        (second.representative.as_str(), second.wordings[0].count),
        ("发票怎么开", 2)
    );
    assert_eq!(group(&[]), []);
}

#[test]
fn what_says_nothing_stands_together() {
    assert_eq!(
        ids(&group(&questions(&[
            "😭😭",
            "？？？",
            "［手机号］",
            "退款"
        ]))),
        [(1, vec![1, 2, 3]), (4, vec![4])]
    );
}

#[test]
fn filler_makes_no_wording_and_a_shared_beginning_no_cluster() {
    let found = group(&questions(&[
        "请问怎么加盟",
        "怎么加新地址",
        "怎么加盟，在线等",
        "怎么加盟",
        "你好，加盟费多少钱",
        "怎么加盟你们的店",
    ]));
    let joining = found.iter().find(|c| c.questions.contains(&4)).unwrap();
    assert!(!joining.questions.contains(&2), "{found:#?}");
    let first = &joining.wordings[0];
    assert_eq!((first.text.as_str(), first.count), ("怎么加盟", 3));
}

/// With what the shipped bot takes them for, which knows of neither.
#[test]
fn what_the_bot_takes_both_for_makes_no_cluster_of_a_shared_beginning() {
    let knowledge = load(&KnowledgeSource::Embedded).unwrap().knowledge;
    let bot = Router::build(&knowledge);
    let mut asked = questions(&[
        "请问怎么加盟",
        "怎么加新地址",
        "怎么加盟，在线等",
        "怎么加盟",
        "怎么加盟你们的店",
    ]);
    for question in &mut asked {
        question.candidates = bot.route(&question.text).candidates;
    }
    let found = group(&asked);
    let joining = found.iter().find(|c| c.questions.contains(&4)).unwrap();
    assert!(!joining.questions.contains(&2), "{found:#?}");
}

#[test]
fn order_does_not_matter() {
    let mut shuffled = questions(ASKED);
    shuffled.reverse();
    shuffled.swap(2, 7);
    assert_eq!(group(&shuffled), group(&questions(ASKED)));
}

/// Five hundred questions about twenty things.
fn many() -> Vec<ClusterQuestion> {
    let things = [
        "退款",
        "发票",
        "会员卡",
        "密码",
        "快递",
        "地址",
        "优惠券",
        "合同",
        "护照",
        "签证",
    ];
    let ways = [
        "{}怎么办理",
        "{}要多久",
        "我的{}丢了怎么办",
        "{}在哪里查",
        "可以取消{}吗",
        "{}办理需要什么材料",
        "请问{}怎么查",
        "急，{}还没到",
        "{}丢了",
        "怎么查{}",
        "取消{}",
        "{}多久能好",
        "为什么查不到{}",
        "没有{}可以吗",
    ];
    let all = (0..500).map(|i| {
        ways[i * 7 % ways.len()].replace("{}", things[i * 3 % things.len()])
            + ["", "呢", "谢谢", "！"][i % 4]
    });
    questions(
        &all.collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    )
}

#[test]
fn what_comes_later_moves_nothing() {
    let all = many();
    let whole = group(&all);
    let home: BTreeMap<i64, ClusterId> = whole
        .iter()
        .flat_map(|c| c.questions.iter().map(|q| (*q, c.id)))
        .collect();
    assert!(whole.len() < 150, "{}", whole.len());
    for count in [1, 2, 50, 137, 400, 499] {
        for before in group(&all[..count]) {
            // all of its questions are still together, under its id or that of the older one that it is part of now
            let now: BTreeSet<ClusterId> = before
                .questions
                .iter()
                .map(|question| home[question])
                .collect();
            let now: Vec<ClusterId> = now.into_iter().collect();
            let after = whole
                .iter()
                .find(|c| now == [c.id])
                .unwrap_or_else(|| panic!("{count}: {before:?} in {now:?}"));
            assert!(
                after.id == before.id || after.absorbed.contains(&before.id),
                "{count}: {before:?}"
            );
        }
    }
}

#[test]
fn a_cluster_outlives_its_first_question() {
    let mut all = questions(ASKED);
    let homes = group(&all);
    for question in &mut all {
        question.cluster = homes
            .iter()
            .find(|c| c.questions.contains(&question.id))
            .map(|c| c.id);
    }
    all.remove(0);
    all.push(ClusterQuestion {
        id: 20,
        text: "退款多久可以到账".to_owned(),
        at: NOW,
        count: 2,
        cluster: None,
        candidates: Vec::new(),
    });
    let after = group(&all);
    assert_eq!(
        (after[0].id, &after[0].questions[..]),
        (ClusterId(1), &[3, 4, 7, 11, 20][..])
    );
}

#[test]
fn what_is_settled_takes_nothing_over() {
    // the third belongs to both
    let bridge = [
        "退款多久到账",
        "订单取消了钱多久退",
        "退款多久到账，订单取消了钱多久退",
    ];
    assert_eq!(group(&questions(&bridge)).len(), 1);
    let one = BTreeSet::from([ClusterId(2)]);
    let (settled, fixed) = (
        ClusterMarks {
            settled: one.clone(),
            ..ClusterMarks::default()
        },
        ClusterMarks {
            fixed: one,
            ..ClusterMarks::default()
        },
    );
    for marks in [settled, fixed] {
        assert_eq!(clusters(&questions(&bridge), &marks, NOW).len(), 2);
    }
}

#[test]
fn trends() {
    let mut all = questions(&[
        "退款多久到账",
        "退款多久到账呢",
        "退款多久到账？",
        "退款多久到账",
    ]);
    for (question, days) in all.iter_mut().zip([0, 6, 8, 15]) {
        question.at = Timestamp(NOW.0 - days * DAY);
    }
    all[1].count = 3;
    let found = group(&all);
    assert_eq!(
        (found[0].count, found[0].trend),
        (
            6,
            ClusterTrend {
                last_week: 4,
                week_before: 1
            }
        )
    );
}

#[test]
fn nearest_intents() {
    let route = |text: &str| {
        let candidate = |intent: &str, confidence| Candidate {
            intent: intent.to_owned(),
            confidence,
        };
        let candidates = match text {
            "发票怎么开" => vec![candidate("invoice", 0.6), candidate("refund", 0.2)],
            _ => vec![candidate("refund", 0.9), candidate("weather", 0.0)],
        };
        Routing {
            text: text.to_owned(),
            decision: Decision::Unknown,
            intent: None,
            confidence: 0.0,
            gap: None,
            gap_probability: 0.0,
            also: None,
            candidates,
            choices: Vec::new(),
            lang: Lang::Zh,
            scored_by: None,
            is_elsewhere: false,
        }
    };
    let found = group(&questions(ASKED));
    let near = nearest(&found[1], route);
    let near: Vec<String> = near
        .iter()
        .map(|c| format!("{} {:.3}", c.intent, c.confidence))
        .collect();
    assert_eq!(near, ["refund 0.433", "invoice 0.400"]);
}

#[test]
fn what_is_ignored_stays_away() {
    let ignored = [
        IgnoredCluster {
            cluster: ClusterId(6),
            wording: "天气".to_owned(),
        },
        IgnoredCluster {
            cluster: ClusterId(99),
            wording: "我想开发票，怎么开".to_owned(),
        },
        IgnoredCluster {
            cluster: ClusterId(98),
            wording: "发票怎么开".to_owned(),
        },
    ];
    let (shown, hidden) = partition_ignored(group(&questions(ASKED)), &ignored);
    assert_eq!(shown.iter().map(|c| c.id.0).collect::<Vec<_>>(), [1, 8]);
    let hidden: Vec<(i64, i64)> = hidden
        .iter()
        .map(|(c, ignored)| (c.id.0, ignored.cluster.0))
        .collect();
    assert_eq!(hidden, [(2, 98), (6, 6)]);
}
