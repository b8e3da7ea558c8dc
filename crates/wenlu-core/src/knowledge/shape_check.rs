//! Checks the form of a table. In: TOML values and the [`ValueShape`] that they should have. Out: all
//! mistakes of form. Must not know: what the fields mean.

use super::diagnostic::{Code, Diagnostic, did_you_mean};
use super::schema::{MAX_WEIGHT, TableField, ValueShape};
use super::shape_words::{found, quoted, sample, wanted};
use super::toml_values::number;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// The help for mistakes in the calibration file, which is not written by hand.
const RECALIBRATE: &str = "`wenlu calibrate --write` 重新写这个文件；删掉它，每次启动时会现算";

/// Maximum number of field names in a help text, which is one line.
const MOST_NAMES: usize = 14;

pub(super) struct ShapeCheck<'a> {
    pub(super) file: &'a str,
    pub(super) root: &'a ValueShape,
    pub(super) broken: bool,
    pub(super) out: Vec<Diagnostic>,
}

impl ShapeCheck<'_> {
    fn value(&mut self, name: &str, span: &Range<usize>, value: &DeValue, shape: &ValueShape) {
        if !has_type(shape, value) {
            return self.wrong_type(name, span, value, shape);
        }
        match (shape, value) {
            (ValueShape::List(item), DeValue::Array(items)) => {
                items.iter().for_each(|v| self.item(name, v, item, shape));
            }
            (ValueShape::Map(item), DeValue::Table(table)) => self.map(table, item),
            (ValueShape::Table(fields), DeValue::Table(table)) => {
                self.table(name, span, table, fields)
            }
            (ValueShape::Either(shapes), _) => {
                let fitting = shapes.iter().find(|s| has_type(s, value));
                fitting
                    .into_iter()
                    .for_each(|s| self.value(name, span, value, s));
            }
            (_, DeValue::String(text)) => self.words(name, span, text, shape),
            _ => self.amount(name, span, value, shape),
        }
    }

    fn wrong_type(&mut self, name: &str, span: &Range<usize>, value: &DeValue, shape: &ValueShape) {
        let message = format!(
            "{}应该是{}，这里写的是{}",
            quoted(name),
            wanted(shape),
            found(value)
        );
        let help = format!("例如：{}", sample(name, shape));
        self.report(Code::WrongType, span, message, help);
    }

    /// Checks a text: not empty, or one of the words that can be chosen.
    fn words(&mut self, name: &str, span: &Range<usize>, text: &str, shape: &ValueShape) {
        match shape {
            ValueShape::Text if text.trim().is_empty() => self.report(
                Code::EmptyText,
                span,
                format!("{}是空的", quoted(name)),
                "写上内容，或者把它删掉",
            ),
            ValueShape::Choice(words) if !words.contains(&text) => {
                let near = suggest(text, words.iter().copied());
                let help = near.unwrap_or_else(|| format!("可以是：{}", words.join("、")));
                let message = format!("{}不能是 `{text}`", quoted(name));
                self.report(Code::BadValue, span, message, help);
            }
            _ => {}
        }
    }

    /// Checks the range of a number.
    fn amount(&mut self, name: &str, span: &Range<usize>, value: &DeValue, shape: &ValueShape) {
        let Some(n) = number(value) else { return };
        let positive = n > 0.0;
        let problem = match shape {
            ValueShape::Weight if !(positive && n <= MAX_WEIGHT) => {
                let help = "一般写 1 到 3；不写就是 1";
                return self.report(Code::BadValue, span, "权重要大于 0，最大 10", help);
            }
            ValueShape::Number if !n.is_finite() => "要是一个有限的数",
            ValueShape::Positive if !(positive && n.is_finite()) => "要大于 0",
            ValueShape::Share if !(positive && n <= 1.0) => "要大于 0，最大 1",
            _ => return,
        };
        let message = format!("{}{problem}", quoted(name));
        self.report(Code::BadValue, span, message, RECALIBRATE);
    }

    fn item(
        &mut self,
        name: &str,
        value: &Spanned<DeValue>,
        shape: &ValueShape,
        list: &ValueShape,
    ) {
        if has_type(shape, value.get_ref()) {
            return self.value(name, &value.span(), value.get_ref(), shape);
        }
        let message = format!(
            "`{name}` 的每一项应该是{}，这里写的是{}",
            wanted(shape),
            found(value.get_ref())
        );
        self.report(
            Code::WrongType,
            &value.span(),
            message,
            format!("例如：{}", sample(name, list)),
        );
    }

    pub(super) fn map(&mut self, table: &DeTable, item: &ValueShape) {
        for (key, value) in table {
            if key.get_ref().trim().is_empty() {
                self.report(
                    Code::EmptyText,
                    &key.span(),
                    "名称是空的",
                    "写上名称，或者把这一行删掉",
                );
            }
            self.value(key.get_ref(), &value.span(), value.get_ref(), item);
        }
    }

    pub(super) fn table(
        &mut self,
        name: &str,
        span: &Range<usize>,
        table: &DeTable,
        fields: &[TableField],
    ) {
        let broken = self.broken;
        for (key, value) in table {
            match fields.iter().find(|f| f.name == key.get_ref()) {
                Some(field) => self.value(field.name, &value.span(), value.get_ref(), &field.shape),
                None => self.unknown(name, key, fields),
            }
        }
        let missing = |field: &&TableField| field.required && !table.contains_key(field.name);
        for field in fields.iter().filter(missing).filter(|_| !broken) {
            let help = format!("{}，例如：{}", field.doc, sample(field.name, &field.shape));
            self.report(
                Code::MissingField,
                span,
                format!("缺少 `{}`", field.name),
                help,
            );
        }
    }

    fn unknown(&mut self, table: &str, key: &Spanned<DeString>, fields: &[TableField]) {
        let name = key.get_ref();
        // after a syntax error a field can end up in the wrong table
        if self.broken && knows(self.root, name) {
            return;
        }
        let top = matches!(self.root, ValueShape::Table(top) if !table.is_empty() && top.iter().any(|f| f.name == name));
        let names = fields.iter().map(|f| f.name);
        let help = if top {
            format!("`{name}` 要写在文件前面，在第一个 [follow_up] 或 [[test]] 之前")
        } else if let Some(near) = suggest(name, names.clone()) {
            near
        } else {
            let rest = if fields.len() > MOST_NAMES {
                format!(" 等 {} 个", fields.len())
            } else {
                String::new()
            };
            format!(
                "可以写的有：{}{rest}",
                names.take(MOST_NAMES).collect::<Vec<_>>().join("、")
            )
        };
        self.report(
            Code::UnknownField,
            &key.span(),
            format!("没有 `{name}` 这个字段"),
            help,
        );
    }

    fn report(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.out
            .push(Diagnostic::new(code, self.file, span.clone(), message).help(help));
    }
}

/// 「是不是…」, if one of `candidates` is similar enough.
pub fn suggest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(wrong, candidates).map(|near| format!("是不是 `{near}`？"))
}

/// Whether `shape` has a field of this name, at any depth.
fn knows(shape: &ValueShape, name: &str) -> bool {
    match shape {
        ValueShape::Table(fields) => fields
            .iter()
            .any(|f| f.name == name || knows(&f.shape, name)),
        ValueShape::List(item) | ValueShape::Map(item) => knows(item, name),
        ValueShape::Either(shapes) => shapes.iter().any(|s| knows(s, name)),
        _ => false,
    }
}

fn has_type(shape: &ValueShape, value: &DeValue) -> bool {
    match shape {
        ValueShape::Text | ValueShape::Choice(_) => value.is_str(),
        ValueShape::Flag => value.is_bool(),
        ValueShape::Weight | ValueShape::Number | ValueShape::Positive | ValueShape::Share => {
            number(value).is_some()
        }
        ValueShape::List(_) => value.is_array(),
        ValueShape::Map(_) | ValueShape::Table(_) => value.is_table(),
        ValueShape::Either(shapes) => shapes.iter().any(|s| has_type(s, value)),
    }
}
