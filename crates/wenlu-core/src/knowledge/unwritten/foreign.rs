//! Placeholders and template code of other systems. In: a line of Markdown. Out: the first of them.
//! Must not know: the rest of the text.
//!
//! Handlebars `{{#if …}}` `{{/if}}` `{{> x}}`, and what an import makes of them (`{#if …}`);
//! `{#1711.text#}` (Dify); `{name}` `{0}` `{name!r}` `{name:title}` (Rasa, Python), `{name | upper}`
//! (Jinja), `[order_id]`; `$name` `$name$` `$$name` `${name}` (Dialogflow, LG); `@{name}`
//! `@sys.name` `@name@`; `<% … %>` `<? … ?>` `{% … %}` `<#…>` `[#if …]` (FreeMarker); `#{…}`
//! `#context.name`; `%s` `%(name)s` `%{name}` `%name%`; `__NAME__` where the underscores are shown.

use std::ops::Range;

/// The first placeholder in `line`.
pub(super) fn find_placeholder(line: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let heading = line.trim_start().starts_with("##");
    while let Some(c) = line.get(at..)?.chars().next() {
        let place = LineCursor { line, at, heading };
        match place.read() {
            PlaceholderScan::Placeholder(length) => return Some(at..at + length),
            PlaceholderScan::Passed(length) => at += length.max(c.len_utf8()),
        }
    }
    None
}

/// What stands at a position in a line.
enum PlaceholderScan {
    /// A placeholder or code, of this many bytes.
    Placeholder(usize),
    /// This many bytes of something else.
    Passed(usize),
}

struct LineCursor<'l> {
    line: &'l str,
    at: usize,
    /// The line is the heading of a section.
    heading: bool,
}

/// The marks that open and close code.
const CODE: [(&str, &str); 3] = [("<%", "%>"), ("<?", "?>"), ("{%", "%}")];
/// FreeMarker's instructions, which may stand in square brackets too; other words there may be
/// labels.
const DIRECTIVES: [&str; 14] = [
    "if", "elseif", "else", "list", "items", "sep", "assign", "local", "global", "include",
    "import", "macro", "switch", "case",
];
/// Filters of Jinja and Liquid that are recognised without white space around the bar: `{yes|no}`
/// may be a choice.
const FILTERS: [&str; 16] = [
    "capitalize",
    "capitalise",
    "date",
    "default",
    "escape",
    "first",
    "float",
    "int",
    "join",
    "last",
    "lower",
    "round",
    "safe",
    "title",
    "trim",
    "upper",
];
/// Folders of Windows that are named between percent signs.
const WINDOWS_FOLDERS: [&str; 12] = [
    "appdata",
    "homedrive",
    "homepath",
    "localappdata",
    "path",
    "programdata",
    "programfiles",
    "systemdrive",
    "systemroot",
    "temp",
    "userprofile",
    "windir",
];
/// The characters that begin an instruction within braces.
const INSTRUCTIONS: [char; 6] = ['#', '/', '>', '^', '!', '&'];
/// Lower-case words in square brackets that are placeholders; other words may be labels of buttons.
const FIELDS: [&str; 14] = [
    "name",
    "username",
    "user",
    "nickname",
    "email",
    "phone",
    "date",
    "time",
    "url",
    "link",
    "order",
    "amount",
    "company",
    "placeholder",
];
/// Maximum number of words in a placeholder's name: `{First Name}`.
const MOST_WORDS: usize = 3;
/// Maximum length of a placeholder's name, in characters; more is a sentence in braces.
const LONGEST_NAME: usize = 32;

impl LineCursor<'_> {
    fn rest(&self) -> &str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> Option<char> {
        self.line
            .get(..self.at)
            .and_then(|before| before.chars().next_back())
    }

    fn read(&self) -> PlaceholderScan {
        let rest = self.rest();
        if let Some(length) = literal_length(rest) {
            return PlaceholderScan::Passed(length);
        }
        if let Some(length) = rest.starts_with("{{").then(|| self.double_braces()) {
            return length;
        }
        let code = CODE.iter().filter(|(open, _)| rest.starts_with(open));
        let code = code
            .filter_map(|(_, close)| rest.find(close).map(|end| end + close.len()))
            .next();
        let code = code.or_else(|| directive(rest));
        let found = code.or_else(|| match rest.chars().next()? {
            '{' => self.braces(),
            '$' => self.dollar(),
            '@' => named_braces(rest, "@{").or_else(|| self.at_sign()),
            '#' => named_braces(rest, "#{").or_else(|| self.context()),
            '%' => self.percent(),
            '[' => self.brackets(),
            '\\' | '_' => self.underscores(),
            _ => None,
        });
        found.map_or(PlaceholderScan::Passed(0), PlaceholderScan::Placeholder)
    }

    /// One of our variables, a Handlebars instruction, or a mistake that the loader reports.
    fn double_braces(&self) -> PlaceholderScan {
        let rest = self.rest();
        let Some(end) = rest.find("}}") else {
            return PlaceholderScan::Passed(2);
        };
        let triple = usize::from(
            rest.get(end + 2..)
                .is_some_and(|after| after.starts_with('}')),
        );
        let inner = rest.get(2..end).unwrap_or_default().trim();
        if is_instruction(inner) || rest.starts_with("{{{") {
            PlaceholderScan::Placeholder(end + 2 + triple)
        } else {
            PlaceholderScan::Passed(end + 2)
        }
    }

    /// `{name}`, `{#if name}`.
    fn braces(&self) -> Option<usize> {
        let (inner, after) = self.rest().strip_prefix('{')?.split_once('}')?;
        let is_id =
            inner.starts_with('#') && !inner.ends_with('#') && !inner.contains(char::is_whitespace);
        if self.heading && is_id && after.trim().is_empty() {
            return None;
        }
        let is_code = is_instruction(inner.trim())
            || is_field(inner)
            || is_formatted(inner)
            || is_number(inner) && !self.follows_power();
        is_code.then_some(inner.len() + 2)
    }

    /// Whether a number in braces would be a power, or how often something is repeated: `x^{2}`,
    /// `[0-9]{6}`, `\d{6}`.
    fn follows_power(&self) -> bool {
        let before = self.line.get(..self.at).unwrap_or_default();
        before.ends_with(['^', '_', ']', ')'])
            || before
                .trim_end_matches(|c: char| c.is_ascii_alphabetic())
                .ends_with('\\')
                && !before.ends_with('\\')
    }

    /// Whether a letter or a digit stands before it.
    fn is_within_word(&self) -> bool {
        self.before().is_some_and(|c| c.is_ascii_alphanumeric())
    }

    /// `@sys.person` of Dialogflow, `@name@`; not `@管理员`, `a@b.c`, `@user@example.org`.
    fn at_sign(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix('@')?;
        let name = name(rest).filter(|_| !self.is_within_word())?;
        let after = rest.get(name.len()..)?;
        let is_closed = after.strip_prefix('@').is_some_and(ends_word);
        let is_system = name.strip_prefix("sys.").is_some_and(|it| !it.is_empty());
        (is_closed && name.len() > 1)
            .then_some(name.len() + 2)
            .or(is_system.then_some(name.len() + 1))
    }

    /// `\_\_NAME\_\_`, `__USER_NAME__`; `__NAME__` is a word in bold.
    fn underscores(&self) -> Option<usize> {
        let rest = self.rest();
        let (mark, is_shown) = match rest.starts_with("\\_\\_") {
            true => ("\\_\\_", true),
            false => ("__", false),
        };
        let (inner, _) = rest.strip_prefix(mark)?.split_once(mark)?;
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_\\".contains(c);
        let is_name = inner.len() > 1
            && inner.starts_with(|c: char| c.is_ascii_uppercase())
            && inner.chars().all(is_part)
            && (is_shown || inner.contains('_'));
        (is_name && !self.is_within_word()).then_some(inner.len() + 2 * mark.len())
    }

    /// `$name`, `$name$`, `$$name`, `${name}`; not `$100`, `US$`, `$USD`, `$HOME/bin`, `$$x + y$$`.
    fn dollar(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix('$')?;
        if rest.starts_with('{') {
            return rest.find('}').filter(|end| *end > 1).map(|end| end + 2);
        }
        if self.is_within_word() || self.before() == Some('$') {
            return None;
        }
        let doubled = rest.strip_prefix('$');
        let rest = doubled.unwrap_or(rest);
        let name = name(rest)?;
        let is_currency = name.len() <= 3 && name.bytes().all(|b| b.is_ascii_uppercase());
        let after = rest.get(name.len()..)?;
        let closed = after.strip_prefix('$').filter(|_| doubled.is_none());
        let goes_on = match closed {
            Some(after) => !ends_word(after),
            None => after.starts_with(['/', '\\']) || doubled.is_some() && after.contains("$$"),
        };
        let marks = 1 + usize::from(doubled.is_some()) + usize::from(closed.is_some());
        (name.len() > 1 && !is_currency && !goes_on).then_some(name.len() + marks)
    }

    /// `#context.name` of Dialogflow.
    fn context(&self) -> Option<usize> {
        let name = name(self.rest().strip_prefix('#')?)?;
        let apart = self
            .before()
            .is_none_or(|c| !c.is_alphanumeric() && !"/#&".contains(c));
        (apart && name.contains('.')).then_some(name.len() + 1)
    }

    /// `%s`, `%1$s`, `%(name)s`, `%{name}`, `%name%`; not `50%`, `100%的`, `%E4`, `%TEMP%`.
    fn percent(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix('%')?;
        if let Some(length) = named_braces(rest, "{") {
            return Some(length + 1);
        }
        if let Some((inner, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            let is_format = name(inner) == Some(inner) && after.starts_with(['s', 'd', 'f', 'r']);
            return is_format.then_some(inner.len() + 4);
        }
        if self
            .before()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '%')
        {
            return None;
        }
        if let Some(name) = name(rest).filter(|name| is_between_percents(name, rest)) {
            return Some(name.len() + 2);
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let numbered = rest
            .get(digits..)
            .and_then(|after| after.strip_prefix('$'))
            .filter(|_| digits > 0);
        let kind = numbered.unwrap_or(rest);
        let ends = kind
            .get(1..)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()));
        (kind.starts_with(['s', 'd']) && ends).then(|| 2 + rest.len() - kind.len())
    }

    /// `[order_id]`, `[name]`; not a link, not a button's label.
    fn brackets(&self) -> Option<usize> {
        let (inner, after) = self.rest().strip_prefix('[')?.split_once(']')?;
        let is_link = after.starts_with(['(', '[', ':'])
            || self.before().is_some_and(|c| c == ']' || c == '!');
        let word = inner.trim_end_matches('\\');
        let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let is_field = is_word && (word.contains('_') || FIELDS.contains(&word));
        (!is_link && is_field).then_some(inner.len() + 2)
    }
}

/// The length of an escape, code in backticks, an address, or the target of a link: they hold no
/// placeholders.
fn literal_length(rest: &str) -> Option<usize> {
    if rest.starts_with('\\') {
        // an escaped bracket may still open a placeholder, so only an escaped backtick is passed
        return rest.starts_with("\\`").then_some(2);
    }
    if rest.starts_with('`') {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let (open, inner) = rest.split_at(ticks);
        return inner
            .find(open)
            .map(|end| ticks + end + ticks)
            .or(Some(ticks));
    }
    if let Some(target) = rest.strip_prefix("](") {
        return target.find(')').map(|end| end + 3);
    }
    let schemes = ["https://", "http://", "mailto:"];
    schemes
        .iter()
        .any(|scheme| rest.starts_with(scheme))
        .then(|| {
            let is_end = |c: char| c.is_whitespace() || !c.is_ascii() || "<>\"`".contains(c);
            rest.find(is_end).unwrap_or(rest.len())
        })
}

/// `open`, a name, `}`.
fn named_braces(rest: &str, open: &str) -> Option<usize> {
    let (inner, _) = rest.strip_prefix(open)?.split_once('}')?;
    is_field(inner).then_some(open.len() + inner.len() + 1)
}

/// `<#if x>`, `</#if>`, `[#if x]`, `[/#if]`.
fn directive(rest: &str) -> Option<usize> {
    let signs = [("<#", '>'), ("</#", '>'), ("[#", ']'), ("[/#", ']')];
    let (after, close) = signs
        .iter()
        .find_map(|(open, close)| Some((rest.strip_prefix(open)?, *close)))?;
    let word = after
        .split(|c: char| !c.is_ascii_lowercase())
        .next()
        .filter(|word| !word.is_empty())?;
    let end = rest.find(close)?;
    (close == '>' || DIRECTIVES.contains(&word)).then_some(end + 1)
}

/// Whether `name`, which `rest` begins with, is followed by the second percent sign of `%name%`.
fn is_between_percents(name: &str, rest: &str) -> bool {
    let after = rest
        .get(name.len()..)
        .and_then(|after| after.strip_prefix('%'));
    let is_byte = name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let is_folder = WINDOWS_FOLDERS
        .iter()
        .any(|folder| folder.eq_ignore_ascii_case(name));
    name.len() > 1
        && !is_byte
        && !is_folder
        && after.is_some_and(|after| ends_word(after) && !after.starts_with(['/', '\\']))
}

/// Whether `after` does not continue a word.
fn ends_word(after: &str) -> bool {
    !after.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// `#if x`, `#1711.text#`, `/if`, `> x`, `else`.
pub(crate) fn is_instruction(inner: &str) -> bool {
    let after = inner.strip_prefix(INSTRUCTIONS).map(str::trim_start);
    after.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        || inner
            .strip_prefix('#')
            .is_some_and(|id| id.starts_with(|c: char| c.is_ascii_digit()))
        || inner == "else"
        || inner.starts_with("else ")
}

/// Whether it is a name in braces: a few words of letters of any script, digits, `_`, `.` and `-`.
fn is_field(inner: &str) -> bool {
    let inner: String = inner.trim().chars().filter(|c| *c != '\\').collect();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    inner.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && inner.chars().count() <= LONGEST_NAME
        && inner.split(' ').count() <= MOST_WORDS
        && inner
            .split(' ')
            .all(|word| !word.is_empty() && word.chars().all(is_part))
}

/// `0`: a place in a list of values.
fn is_number(inner: &str) -> bool {
    let inner = inner.trim().trim_end_matches('\\');
    !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit())
}

/// A name with what Python or Jinja makes of its value: `name!r`, `name:title`, `name | upper`; not
/// `a:1`, `yes|no`.
fn is_formatted(inner: &str) -> bool {
    let inner: String = inner.chars().filter(|c| *c != '\\').collect();
    if let Some((name, filter)) = inner.split_once('|') {
        let is_apart = name.ends_with(' ') || filter.starts_with(' ');
        let word = filter.trim_start();
        let end = word
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(word.len());
        let word = word.get(..end).unwrap_or_default();
        let is_filter = word.starts_with(|c: char| c.is_ascii_alphabetic());
        return is_field(name) && is_filter && (is_apart || FILTERS.contains(&word));
    }
    let (name, format) = inner.split_once(':').unwrap_or((&inner, "s"));
    let (name, conversion) = name.split_once('!').unwrap_or((name, "s"));
    let is_format = !format.is_empty()
        && !format.starts_with("//")
        && format
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"'".contains(&b))
        && !format.bytes().all(|b| b.is_ascii_digit());
    inner.contains([':', '!'])
        && (is_field(name) || is_number(name))
        && ["r", "s", "a"].contains(&conversion)
        && is_format
}

/// The ASCII name at the beginning of `text`, with dots within it; an underscore may be escaped.
fn name(text: &str) -> Option<&str> {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut end = 0;
    while let Some(c) = text.get(end..).and_then(|rest| rest.chars().next()) {
        let is_escaped = text.get(end..).is_some_and(|rest| rest.starts_with("\\_"));
        if !is_part(c) && !is_escaped {
            break;
        }
        end += c.len_utf8();
    }
    begins.then(|| {
        text.get(..end)
            .unwrap_or_default()
            .trim_end_matches(['.', '-'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_other_systems() {
        for (line, code) in [
            ("您好，{ hero }，欢迎", "{ hero }"),
            ("{{#if vip}}您好{{/if}}", "{{#if vip}}"),
            ("您好{{/if}}", "{{/if}}"),
            ("{{> footer}}", "{{> footer}}"),
            ("{{else}}", "{{else}}"),
            ("{{{body}}}", "{{{body}}}"),
            ("{#if vip}您好", "{#if vip}"),
            ("您好{/if}", "{/if}"),
            ("订单 {order_number} 已发出", "{order_number}"),
            ("尊敬的{用户名}", "{用户名}"),
            ("Dear {First Name},", "{First Name}"),
            ("您要 $size 的", "$size"),
            ("Hi $session.params.name.", "$session.params.name"),
            ("Hi ${user.name}!", "${user.name}"),
            ("<%= name %> 您好", "<%= name %>"),
            ("{% if vip %}", "{% if vip %}"),
            ("#{name} 您好", "#{name}"),
            ("您好 #welcome.name", "#welcome.name"),
            ("您有 %s 条消息", "%s"),
            ("第 %1$s 条", "%1$s"),
            ("您好 %(name)s", "%(name)s"),
            ("共 %{count} 条", "%{count}"),
            ("您好 \\[name\\]", "[name\\]"),
            ("订单 [order_id]", "[order_id]"),
            ("答：{#1711.text#}", "{#1711.text#}"),
            ("答：{{#1711.text#}}", "{{#1711.text#}}"),
            ("## {#1711.text#}", "{#1711.text#}"),
            ("第{0}条，共 {1} 条", "{0}"),
            ("您好 {name!r}", "{name!r}"),
            ("您好 {name:title}", "{name:title}"),
            ("共 {total:.2f} 元", "{total:.2f}"),
            ("您好 { name \\| upper }", "{ name \\| upper }"),
            ("您好 {name|upper}", "{name|upper}"),
            ("您好 %name%，欢迎", "%name%"),
            ("您好 %first\\_name%", "%first\\_name%"),
            ("您好 $fname$，欢迎", "$fname$"),
            ("您好 $first\\_name", "$first\\_name"),
            ("您好 $$name", "$$name"),
            ("<#if vip>您好</#if>", "<#if vip>"),
            ("您好</#if>", "</#if>"),
            ("\\<#if vip\\>您好", "<#if vip\\>"),
            ("[#if vip]您好", "[#if vip]"),
            ("\\[#if vip\\]您好", "[#if vip\\]"),
            ("您好[/#if]", "[/#if]"),
            ("您好 @sys.person", "@sys.person"),
            ("您好 @name@，欢迎", "@name@"),
            ("您好 \\_\\_NAME\\_\\_", "\\_\\_NAME\\_\\_"),
            ("您好 \\_\\_USER\\_NAME\\_\\_", "\\_\\_USER\\_NAME\\_\\_"),
            ("您好 __USER_NAME__", "__USER_NAME__"),
        ] {
            assert_eq!(
                find_placeholder(line).and_then(|span| line.get(span)),
                Some(code),
                "{line}"
            );
        }
    }

    #[test]
    fn what_only_looks_like_it() {
        for line in [
            "每月 $100，US$20，$ 5，100$",
            "$USD 100",
            "`$name` 和 `{slot}` 和 ``%s ` {x}``",
            "看 https://x.y/{id}?a=%s&b=$name 里",
            "[说明](<https://x.y/{id}>)",
            "[name](https://x.y)",
            "{{ url }} 和 {{url}}",
            "{{ no such }}",
            "## 多久 {#how-long}",
            "## 多久 {#多久}",
            "返回 {\"errcode\": 0}",
            "打 9.5 折，省 50%，100%的把握，5%s",
            "请按 [Enter]，发送 [微笑]，点 [OK]",
            "#话题# 和 C#.NET",
            "a < b 且 b > c",
            "发邮件到 a@b.c",
            "{红, 黄, 蓝}",
            "写进 $HOME/bin",
            "100%de",
            "{\"a\":1}",
            "{a:1} 和 {yes|no} 和 {}",
            "100%",
            "省 50%～80%，涨 5%到10%",
            "见%E4%BD%A0，{https://x.y}",
            "打开 %TEMP% 或 %appdata%\\wenlu",
            "$5",
            "5$ 10$",
            "$$x + y$$ 和 $x$ 和 US$5",
            "写信到 ann_b@example.com 或 a@b.com@",
            "找 @管理员 或 @user@example.org",
            "`__init__` 和 \\_\\_init\\_\\_ 和 __NOTE__",
            "见 [1] 和 [链接](https://x)",
            "[#话题] 和 [#1] 和 <#1>",
            "x^{2} 和 [0-9]{6} 和 \\d{6}",
            "",
        ] {
            assert_eq!(
                find_placeholder(line).and_then(|span| line.get(span)),
                None,
                "{line}"
            );
        }
    }
}
