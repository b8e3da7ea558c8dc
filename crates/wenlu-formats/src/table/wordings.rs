//! Several wordings in a cell. In: the cells of a column and its name. Out: which marks stand
//! between wordings, and the wordings of a cell. Must not know: intents.

use super::signs::is_asked;

/// What stands between the wordings of a column's cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WordingStyle {
    /// They part every cell that holds them.
    marks: Vec<&'static str>,
    /// They part a cell that holds none of `marks`.
    alone: Vec<&'static str>,
    /// Marks that part a cell of its own: where all that they part are questions.
    by_cell: Vec<&'static str>,
    has_lists: bool,
    /// What parts some cell.
    shown: Vec<&'static str>,
    /// How many cells stay one wording that hold a mark which may stand between wordings.
    whole: usize,
}

/// Marks that nobody writes within a sentence.
const SURE: [&str; 3] = ["##", "||", "\n"];
/// Marks that are sure only where the table shows it.
const SHOWN: [&str; 3] = ["；", ";", "|"];
const SEMICOLONS: [&str; 2] = ["；", ";"];
/// Marks that stand within sentences too: a style only where what they part are questions.
const WITHIN: [&str; 4] = ["，", ",", "、", "/"];
/// Shortest wording that such a mark parts, in characters.
const SHORTEST: usize = 3;

impl WordingStyle {
    /// One wording a line, as our own tables are written.
    pub(super) fn lines() -> WordingStyle {
        WordingStyle {
            marks: vec!["\n"],
            ..WordingStyle::default()
        }
    }

    /// `is_list`: the column is meant for several wordings.
    pub(super) fn of<'c>(
        name: &str,
        cells: impl Iterator<Item = &'c str>,
        is_list: bool,
    ) -> WordingStyle {
        let cells: Vec<&str> = cells
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        let holding = |mark: &str| {
            let several = cells.iter().filter(|cell| parts(cell, mark) >= 2);
            several.count()
        };
        let mut marks: Vec<&'static str> =
            SURE.into_iter().filter(|mark| holding(mark) > 0).collect();
        let mut alone = Vec::new();
        let is_named = |mark: &str| name.contains(mark) || name.contains("分号") && mark != "|";
        for mark in SHOWN {
            let shown = holding(mark);
            if is_list && SEMICOLONS.contains(&mark) && !is_named(mark) {
                alone.extend((shown > 0).then_some(mark));
                continue;
            }
            let is_style = match is_list {
                true => shown > 0 && marks.is_empty() && alone.is_empty(),
                // a semicolon may stand within a question: one cell shows nothing
                false => mark != "|" && shown >= 2 && shown * 5 >= cells.len(),
            };
            if shown > 0 && is_named(mark) || is_style {
                marks.push(mark);
            }
        }
        let has_lists = cells.iter().any(|cell| json_list(cell).is_some());
        if marks.is_empty() && alone.is_empty() && !has_lists {
            // a question may hold commas; whoever parts questions with a slash does so everywhere
            let possible = WITHIN.iter().filter(|mark| is_list || **mark == "/");
            let often: Vec<&str> = possible
                .copied()
                .filter(|mark| holding(mark) >= 2 && holding(mark) * 2 >= cells.len())
                .collect();
            marks.extend(
                often
                    .iter()
                    .find(|mark| parts_questions(&cells, mark))
                    .copied(),
            );
        }
        let within: &[&'static str] = match is_list {
            true => &WITHIN,
            false => &["/"],
        };
        let mut style = WordingStyle {
            marks,
            alone,
            by_cell: [&SEMICOLONS[..], within].concat(),
            has_lists,
            ..WordingStyle::default()
        };
        if has_lists {
            style.by_cell.clear();
        }
        for cell in cells.iter().filter(|cell| json_list(cell).is_none()) {
            let parting = style.parting(cell);
            let may_part = |mark: &&str| *mark != "/" && (is_list || SHOWN.contains(mark));
            let mut doubtful = SHOWN.into_iter().chain(WITHIN).filter(may_part);
            let is_whole = parting.is_empty() && doubtful.any(|mark| parts(cell, mark) >= 2);
            style.whole += usize::from(is_whole);
            for mark in parting {
                if parts(cell, mark) >= 2 && !style.shown.contains(&mark) {
                    style.shown.push(mark);
                }
            }
        }
        style
    }

    /// The marks that part this cell.
    fn parting(&self, cell: &str) -> Vec<&'static str> {
        let held = |marks: &[&'static str]| -> Vec<&'static str> {
            let marks = marks.iter().copied();
            marks.filter(|mark| cell.contains(mark)).collect()
        };
        let (sure, alone) = (held(&self.marks), held(&self.alone));
        if !sure.is_empty() {
            return sure;
        }
        if !alone.is_empty() {
            return alone;
        }
        let asks = |mark: &&&'static str| {
            cell.contains(**mark)
                && parts(cell, mark) >= 2
                && parts_questions(&[cell], mark)
                && (SEMICOLONS.contains(mark) || cell.split(**mark).all(is_asked))
        };
        self.by_cell
            .iter()
            .find(asks)
            .copied()
            .into_iter()
            .collect()
    }

    /// What the report says of it; `None` if every cell is one wording.
    pub(super) fn shown(&self, name: &str) -> Option<String> {
        let whole = (self.whole > 0).then(|| {
            format!(
                "“{name}”有 {} 格没有分开，每格当作一句：格里用逗号、分号隔开的如果是几种问法，请改用换行",
                self.whole
            )
        });
        let mut marks: Vec<String> = self
            .shown
            .iter()
            .map(|mark| match *mark {
                "\n" => "换行".to_owned(),
                mark => mark.to_owned(),
            })
            .collect();
        marks.extend(self.has_lists.then(|| "JSON 列表".to_owned()));
        let parted = (!marks.is_empty())
            .then(|| format!("“{name}”里的几种问法用 {} 分开", marks.join("、")));
        let all: Vec<String> = parted.into_iter().chain(whole).collect();
        (!all.is_empty()).then(|| all.join("；"))
    }

    /// The wordings of a cell.
    pub(super) fn split(&self, cell: &str) -> Vec<String> {
        if let Some(list) = json_list(cell).filter(|_| self.has_lists) {
            return list;
        }
        let cell = cell.trim();
        let mut parts = vec![cell];
        for mark in self.parting(cell) {
            parts = parts.iter().flat_map(|part| part.split(mark)).collect();
        }
        let is_list = parts.len() > 1;
        let clean = |part: &str| {
            let part = part.trim();
            match is_list {
                true => without_number(part).to_owned(),
                false => part.to_owned(),
            }
        };
        parts
            .into_iter()
            .map(clean)
            .filter(|part| !part.is_empty())
            .collect()
    }
}

/// How many texts of two characters and more the mark parts.
fn parts(cell: &str, mark: &str) -> usize {
    let parts = cell.split(mark).map(str::trim);
    parts.filter(|part| part.chars().count() >= 2).count()
}

/// Whether most of what the mark parts are questions of their own.
fn parts_questions(cells: &[&str], mark: &str) -> bool {
    let parted = cells.iter().filter(|cell| cell.contains(mark));
    let parts: Vec<&str> = parted
        .flat_map(|cell| cell.split(mark))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let asked = parts.iter().filter(|part| is_asked(part)).count();
    let is_long = |part: &&str| part.chars().count() >= SHORTEST;
    parts.iter().all(is_long) && asked * 5 >= parts.len() * 3
}

/// `["甲", "乙"]`
pub(super) fn json_list(cell: &str) -> Option<Vec<String>> {
    let list: Vec<String> = match cell.trim().starts_with('[') {
        true => serde_json::from_str(cell.trim()).ok()?,
        false => return None,
    };
    Some(
        list.into_iter()
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
    )
}

/// `1、怎么退款` → `怎么退款`
fn without_number(part: &str) -> &str {
    let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
    let has_number = rest.len() < part.len();
    let listed = rest.strip_prefix(['、', ')', '）']);
    let dotted = rest.strip_prefix(['.', '．']);
    // `3.5寸`
    let dotted = dotted.filter(|text| !text.starts_with(|c: char| c.is_ascii_digit()));
    let marked = listed.or(dotted).filter(|_| has_number);
    let bulleted = part.strip_prefix("- ").or(part.strip_prefix("• "));
    marked.or(bulleted).map_or(part, str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn split(cells: &[&str], is_list: bool, wanted: &[&str]) {
        let style = WordingStyle::of("问题", cells.iter().copied(), is_list);
        assert_eq!(style.split(cells[0]), wanted);
    }

    #[test]
    fn a_cell_that_may_hold_several_wordings_and_is_kept_whole_is_counted() {
        let shown = |cells: &[&str], is_list: bool| {
            let style = WordingStyle::of("相似问", cells.iter().copied(), is_list);
            style.shown("相似问").unwrap_or_default()
        };
        assert!(shown(&["我下单了，想退"], true).contains("有 1 格没有分开，每格当作一句"));
        let both = shown(&["退款几天\n多久退钱", "我下单了，想退", "开发票"], true);
        assert!(both.contains("用 换行 分开") && both.contains("有 1 格没有分开"));
        assert!(shown(&["我下单了；想退"], false).contains("有 1 格没有分开"));
        assert_eq!(shown(&["我下单了，想退", "iOS/安卓怎么下载"], false), "");
    }

    #[test]
    fn the_table_shows_what_stands_between_wordings() {
        split(&["怎么退款##退款多久"], false, &["怎么退款", "退款多久"]);
        split(
            &["1、怎么退款\n2、退款多久"],
            false,
            &["怎么退款", "退款多久"],
        );
        split(&["怎么退款||退款多久"], false, &["怎么退款", "退款多久"]);
        split(
            &["[\"怎么退款\", \"退款；多久\"]"],
            false,
            &["怎么退款", "退款；多久"],
        );
        split(&["怎么退款；退款多久"], true, &["怎么退款", "退款多久"]);
        split(
            &["怎么退款;退款多久", "甲乙;丙丁"],
            false,
            &["怎么退款", "退款多久"],
        );
        split(
            &["我下单了；怎么退款", "甲乙", "丙丁"],
            false,
            &["我下单了；怎么退款"],
        );
        split(&["3.5寸屏幕怎么换"], false, &["3.5寸屏幕怎么换"]);
        split(
            &["退款几天，多久退钱", "怎么开票，能开专票吗"],
            true,
            &["退款几天", "多久退钱"],
        );
        split(
            &["退款多久/退款几天", "怎么开票/能开专票吗"],
            false,
            &["退款多久", "退款几天"],
        );
        split(
            &["我下单了，怎么退款", "买错了，怎么换货"],
            true,
            &["我下单了，怎么退款"],
        );
        split(
            &["退款多久;退款几天", "怎么开票"],
            false,
            &["退款多久", "退款几天"],
        );
        split(
            &["开发票;哪里开票", "退款几天\n多久退钱；几天退"],
            true,
            &["开发票", "哪里开票"],
        );
        split(
            &["退款几天\n多久；退钱", "开发票;哪里开票"],
            true,
            &["退款几天", "多久；退钱"],
        );
        split(&["退款几天，多久退钱"], true, &["退款几天", "多久退钱"]);
        split(&["退款几天，多久退钱"], false, &["退款几天，多久退钱"]);
        split(&["我下单了，怎么退款"], true, &["我下单了，怎么退款"]);
        split(
            &["iOS/安卓怎么下载", "QQ/微信怎么登录"],
            false,
            &["iOS/安卓怎么下载"],
        );
        split(
            &["3.5寸屏幕怎么换\n1. 换屏要多久\n2.多少钱"],
            false,
            &["3.5寸屏幕怎么换", "换屏要多久", "多少钱"],
        );
    }
}
