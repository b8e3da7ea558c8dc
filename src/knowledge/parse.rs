//! TOML text to a table whose form is checked. In: a file's text and its [`ValueShape`]. Out: a
//! [`DeTable`] that can be read without further checks, and all mistakes of form. Must not know:
//! what the fields mean.

use super::diagnostic::{Code, Diagnostic, did_you_mean};
use super::schema::{Field, MAX_WEIGHT, Shape};
use super::syntax;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A text with its span in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Range<usize>,
}

/// The table of a file.
pub struct Parsed<'t> {
    pub table: DeTable<'t>,
    /// Its TOML syntax is wrong: a field that seems to be missing may just not have been read.
    pub broken: bool,
    /// There is any mistake of syntax or form.
    pub bad: bool,
}

impl Parsed<'_> {
    /// Stands for a file that could not be read as text.
    pub fn unread() -> Self {
        Self { table: DeTable::new(), broken: true, bad: true }
    }
}

/// Parses `text` and checks it against `shape`. Goes on after a mistake as far as possible.
pub fn parse<'t>(file: &str, text: &'t str, shape: &Shape, out: &mut Vec<Diagnostic>) -> Parsed<'t> {
    let mut syntax = Vec::new();
    let table = syntax::read(file, text, &mut syntax).into_inner();
    let broken = syntax.iter().any(|d| d.code == Code::TomlSyntax);
    let mut check = Check { file, root: shape, broken, out: Vec::new() };
    match shape {
        Shape::Table(fields) => check.table("", &(0..0), &table, fields),
        Shape::Map(item) => check.map(&table, item),
        _ => {}
    }
    // what a syntax error points at, or an unclosed list swallowed, is not reported a second time
    let open = syntax.iter().filter(|d| syntax::is_open_list(d)).map(|d| d.place.span.start).min();
    let stumbled = |at: usize| open.is_some_and(|open| at >= open) || syntax.iter().any(|d| d.place.span.start == at);
    check.out.retain(|d| !stumbled(d.place.span.start));
    let bad = !syntax.is_empty() || !check.out.is_empty();
    out.append(&mut check.out);
    out.append(&mut syntax);
    Parsed { table, broken, bad }
}

/// The text named `name`, if there is one.
pub fn text(table: &DeTable, name: &str) -> Option<Text> {
    table.get(name).and_then(as_text)
}

/// The texts of the list `name`. Items that are not texts are left out: they have been reported.
pub fn texts(table: &DeTable, name: &str) -> Vec<Text> {
    list(table, name).filter_map(as_text).collect()
}

/// The items of the list `name`.
pub fn list<'a, 't>(table: &'a DeTable<'t>, name: &str) -> impl Iterator<Item = &'a Spanned<DeValue<'t>>> {
    table.get(name).and_then(|v| v.get_ref().as_array()).into_iter().flat_map(|items| items.iter())
}

/// The text of `value` without surrounding white space; `None` if it is no text, or empty.
pub fn as_text(value: &Spanned<DeValue>) -> Option<Text> {
    let text = value.get_ref().as_str()?;
    (!text.trim().is_empty()).then(|| Text { value: text.trim().to_owned(), span: value.span() })
}

/// Keys and values of a table of texts, in the order of the file.
pub fn pairs(table: &DeTable) -> Vec<(Text, Text)> {
    let key = |k: &Spanned<_>| Text { value: AsRef::<str>::as_ref(k.get_ref()).trim().to_owned(), span: k.span() };
    let mut pairs: Vec<_> = table.iter().filter_map(|(k, v)| Some((key(k), as_text(v)?))).collect();
    pairs.sort_by_key(|(key, _)| key.span.start);
    pairs
}

/// The value of an integer or a decimal number.
pub fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(n) => n.as_str().parse().ok(),
        _ => None,
    }
}

/// The help for mistakes in the calibration file, which is not written by hand.
const RECALIBRATE: &str = "`wenlu calibrate --write` 重新写这个文件；删掉它，每次启动时会现算";
/// Maximum number of field names in a help text, which is one line.
const MOST_NAMES: usize = 13;

struct Check<'a> {
    file: &'a str,
    root: &'a Shape,
    broken: bool,
    out: Vec<Diagnostic>,
}

impl Check<'_> {
    fn value(&mut self, name: &str, span: &Range<usize>, value: &DeValue, shape: &Shape) {
        match (shape, value) {
            (Shape::Text, DeValue::String(text)) if text.trim().is_empty() => {
                self.report(Code::EmptyText, span, format!("{}是空的", quoted(name)), "写上内容，或者把它删掉");
            }
            (Shape::Choice(words), DeValue::String(text)) if !words.contains(&text.as_ref()) => {
                let near = suggest(text, words.iter().copied());
                let help = near.unwrap_or_else(|| format!("可以是：{}", words.join("、")));
                self.report(Code::BadValue, span, format!("{}不能是 `{text}`", quoted(name)), help);
            }
            (Shape::Weight, _) if number(value).is_some_and(|n| !(n > 0.0 && n <= MAX_WEIGHT)) => {
                self.report(Code::BadValue, span, "权重要大于 0，最大 10", "一般写 1 到 3；不写就是 1");
            }
            (Shape::Number, _) if number(value).is_some_and(|n| !n.is_finite()) => {
                self.report(Code::BadValue, span, format!("{}要是一个有限的数", quoted(name)), RECALIBRATE);
            }
            (Shape::Positive, _) if number(value).is_some_and(|n| !(n > 0.0 && n.is_finite())) => {
                self.report(Code::BadValue, span, format!("{}要大于 0", quoted(name)), RECALIBRATE);
            }
            (Shape::Share, _) if number(value).is_some_and(|n| !(n > 0.0 && n <= 1.0)) => {
                self.report(Code::BadValue, span, format!("{}要大于 0，最大 1", quoted(name)), RECALIBRATE);
            }
            (Shape::List(item), DeValue::Array(items)) => {
                items.iter().for_each(|v| self.item(name, v, item, shape));
            }
            (Shape::Map(item), DeValue::Table(table)) => self.map(table, item),
            (Shape::Table(fields), DeValue::Table(table)) => self.table(name, span, table, fields),
            (Shape::Either(shapes), _) if has_type(shape, value) => {
                let fitting = shapes.iter().find(|s| has_type(s, value));
                fitting.into_iter().for_each(|s| self.value(name, span, value, s));
            }
            _ if has_type(shape, value) => {}
            _ => {
                let message = format!("{}应该是{}，这里写的是{}", quoted(name), wanted(shape), found(value));
                self.report(Code::WrongType, span, message, format!("例如：{}", sample(name, shape)));
            }
        }
    }

    fn item(&mut self, name: &str, value: &Spanned<DeValue>, shape: &Shape, list: &Shape) {
        if has_type(shape, value.get_ref()) {
            return self.value(name, &value.span(), value.get_ref(), shape);
        }
        let message = format!("`{name}` 的每一项应该是{}，这里写的是{}", wanted(shape), found(value.get_ref()));
        self.report(Code::WrongType, &value.span(), message, format!("例如：{}", sample(name, list)));
    }

    fn map(&mut self, table: &DeTable, item: &Shape) {
        for (key, value) in table {
            if key.get_ref().trim().is_empty() {
                self.report(Code::EmptyText, &key.span(), "名称是空的", "写上名称，或者把这一行删掉");
            }
            self.value(key.get_ref(), &value.span(), value.get_ref(), item);
        }
    }

    fn table(&mut self, name: &str, span: &Range<usize>, table: &DeTable, fields: &[Field]) {
        let broken = self.broken;
        for (key, value) in table {
            match fields.iter().find(|f| f.name == key.get_ref()) {
                Some(field) => self.value(field.name, &value.span(), value.get_ref(), &field.shape),
                None => self.unknown(name, key, fields),
            }
        }
        let missing = |field: &&Field| field.required && !table.contains_key(field.name);
        for field in fields.iter().filter(missing).filter(|_| !broken) {
            let help = format!("{}，例如：{}", field.doc, sample(field.name, &field.shape));
            self.report(Code::MissingField, span, format!("缺少 `{}`", field.name), help);
        }
    }

    fn unknown(&mut self, table: &str, key: &Spanned<DeString>, fields: &[Field]) {
        let name = key.get_ref();
        // after a syntax error a field can end up in the wrong table
        if self.broken && knows(self.root, name) {
            return;
        }
        let top = matches!(self.root, Shape::Table(top) if !table.is_empty() && top.iter().any(|f| f.name == name));
        let names = fields.iter().map(|f| f.name);
        let help = if top {
            format!("`{name}` 要写在文件前面，在第一个 [follow_up] 或 [[test]] 之前")
        } else if let Some(near) = suggest(name, names.clone()) {
            near
        } else {
            let rest = if fields.len() > MOST_NAMES { format!(" 等 {} 个", fields.len()) } else { String::new() };
            format!("可以写的有：{}{rest}", names.take(MOST_NAMES).collect::<Vec<_>>().join("、"))
        };
        self.report(Code::UnknownField, &key.span(), format!("没有 `{name}` 这个字段"), help);
    }

    fn report(&mut self, code: Code, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.out.push(Diagnostic::new(code, self.file, span.clone(), message).help(help));
    }
}

/// 「是不是…」, if one of `candidates` is similar enough.
pub fn suggest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(wrong, candidates).map(|near| format!("是不是 `{near}`？"))
}

fn quoted(name: &str) -> String {
    if name.is_empty() { "这里".to_owned() } else { format!("`{name}` ") }
}

/// Whether `shape` has a field of this name, at any depth.
fn knows(shape: &Shape, name: &str) -> bool {
    match shape {
        Shape::Table(fields) => fields.iter().any(|f| f.name == name || knows(&f.shape, name)),
        Shape::List(item) | Shape::Map(item) => knows(item, name),
        Shape::Either(shapes) => shapes.iter().any(|s| knows(s, name)),
        _ => false,
    }
}

fn has_type(shape: &Shape, value: &DeValue) -> bool {
    match shape {
        Shape::Text | Shape::Choice(_) => value.is_str(),
        Shape::Flag => value.is_bool(),
        Shape::Weight | Shape::Number | Shape::Positive | Shape::Share => number(value).is_some(),
        Shape::List(_) => value.is_array(),
        Shape::Map(_) | Shape::Table(_) => value.is_table(),
        Shape::Either(shapes) => shapes.iter().any(|s| has_type(s, value)),
    }
}

fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Text | Shape::Choice(_) => "加引号的文字".into(),
        Shape::Flag => " true 或 false".into(),
        Shape::Weight | Shape::Number | Shape::Positive | Shape::Share => "数字".into(),
        Shape::List(item) => format!("列表 […]，每一项是{}", wanted(item)),
        Shape::Map(_) | Shape::Table(_) => "表".into(),
        Shape::Either(shapes) => shapes.iter().map(wanted).collect::<Vec<_>>().join("或"),
    }
}

fn found(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "文字",
        DeValue::Integer(_) | DeValue::Float(_) => "数字",
        DeValue::Boolean(_) => " true 或 false",
        DeValue::Datetime(_) => "日期",
        DeValue::Array(_) => "列表",
        DeValue::Table(_) => "表",
    }
}

fn sample(name: &str, shape: &Shape) -> String {
    match (name, shape) {
        ("test", _) => "[[test]]，下一行 say = \"…\"".into(),
        (_, Shape::Map(_)) => format!("[{name}]，下一行 \"…\" = \"…\""),
        (_, Shape::Flag) => format!("{name} = true"),
        (_, Shape::Weight | Shape::Number | Shape::Positive) => format!("{name} = 2.0"),
        (_, Shape::Share) => format!("{name} = 0.5"),
        (_, Shape::Table(_)) => format!("{name} = {{ … }}，`wenlu calibrate --write` 会写"),
        (_, Shape::Choice(words)) => format!("{name} = \"{}\"", words.first().unwrap_or(&"…")),
        (_, Shape::List(Shape::Either(_))) => format!("{name} = [\"甲 + 乙\", {{ any = [\"甲\"], with = [\"乙\"] }}]"),
        (_, Shape::List(_)) => format!("{name} = [\"…\"]"),
        _ => format!("{name} = \"…\""),
    }
}
