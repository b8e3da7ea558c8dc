//! Several wordings in a cell. In: the cells of a column and its name. Out: which marks stand
//! between wordings, and the wordings of a cell. Must not know: intents.

use super::signs::is_asked;

/// What stands between the wordings of a column's cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WordingStyle {
    marks: Vec<&'static str>,
    has_lists: bool,
    /// Most cells have commas, which may stand between wordings or within them: each is one wording.
    has_commas: bool,
}

/// Marks that nobody writes within a sentence.
const SURE: [&str; 3] = ["##", "||", "\n"];
/// Marks that are sure only where the table shows it.
const SHOWN: [&str; 3] = ["；", ";", "|"];
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
            let several = |cell: &&&str| {
                let parts = cell.split(mark).map(str::trim);
                parts
                    .clone()
                    .filter(|part| part.chars().count() >= 2)
                    .count()
                    >= 2
            };
            cells.iter().filter(several).count()
        };
        let mut marks: Vec<&'static str> =
            SURE.into_iter().filter(|mark| holding(mark) > 0).collect();
        let is_named = |mark: &str| name.contains(mark) || name.contains("分号") && mark != "|";
        for mark in SHOWN {
            let shown = holding(mark);
            let is_style = match is_list {
                true => shown > 0 && marks.is_empty(),
                // a semicolon may stand within a question: one cell shows nothing
                false => mark != "|" && shown >= 2 && shown * 5 >= cells.len(),
            };
            if shown > 0 && is_named(mark) || is_style {
                marks.push(mark);
            }
        }
        let has_lists = cells.iter().any(|cell| json_list(cell).is_some());
        let mut has_commas = false;
        if marks.is_empty() && !has_lists {
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
            has_commas = marks.is_empty() && often.iter().any(|mark| *mark != "/");
        }
        WordingStyle {
            marks,
            has_lists,
            has_commas,
        }
    }

    /// What the report says of it; `None` if every cell is one wording.
    pub(super) fn shown(&self, name: &str) -> Option<String> {
        if self.has_commas {
            return Some(format!(
                "“{name}”每格当作一句：格里用逗号隔开的如果是几种问法，请改用换行或分号"
            ));
        }
        let mut marks: Vec<String> = self
            .marks
            .iter()
            .map(|mark| match *mark {
                "\n" => "换行".to_owned(),
                mark => mark.to_owned(),
            })
            .collect();
        marks.extend(self.has_lists.then(|| "JSON 列表".to_owned()));
        let shown = format!("“{name}”里的几种问法用 {} 分开", marks.join("、"));
        (!marks.is_empty()).then_some(shown)
    }

    /// The wordings of a cell.
    pub(super) fn split(&self, cell: &str) -> Vec<String> {
        if let Some(list) = json_list(cell).filter(|_| self.has_lists) {
            return list;
        }
        let mut parts = vec![cell];
        for mark in &self.marks {
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
