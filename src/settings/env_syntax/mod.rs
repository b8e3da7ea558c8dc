//! The syntax of a `.env` file. In: its bytes, and the environment for `$NAME`. Out: names, values
//! and lines; and mistakes with their line, never with the value, which may be a secret. Must not
//! know: what the names mean.
//!
//! A line is `NAME=value`, `export NAME=value`, or a comment. `'…'` is literal; in `"…"` and
//! without quotes `\` escapes, and `$NAME` and `${NAME}` are replaced. A value that begins with a
//! quote may span several lines; a quote within a word, as in `it's`, does not reach into the next
//! line. A line that cannot be read does not affect other lines. A byte order mark and `\r\n`, as
//! written by Windows editors, are accepted.

mod line;
mod value;

use line::EnvReader;

/// A variable, and the number of the line that sets it, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EnvLine {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EnvMistake {
    /// `None` if not even the name could be read.
    pub name: Option<String>,
    pub line: usize,
    pub reason: &'static str,
}

const FORM: &str =
    "每行写成 NAME=值，注释放在 # 后面 / each line is NAME=value, or a comment after #";
const NAME: &str = "名字只能有英文字母、数字和 _，不能以数字开头 / a name has letters, digits and _, and does not begin with a digit";
const WIDE_EQUALS: &str = "等号要用半角的 = / the equals sign must be =";
const WIDE_QUOTES: &str = "引号要用半角的 ' 或 \" / quotes must be ' or \"";
const OPEN_QUOTE: &str = "引号没有结束 / the quote is not closed";
const AFTER_VALUE: &str = "值后面还有别的内容；值里有空格就放进引号，注释前面加空格和 # / more text after the value: put a value with spaces into quotes";
const ESCAPE: &str = "\\ 后面只能是 \\ ' \" $ n 或空格；放进单引号就原样保留 / an unknown escape: put the value into '…' to keep it as it is";
const UNSET: &str = "$ 后面的变量没有设置；放进单引号就原样保留 / $ names a variable that is not set: put the value into '…' to keep it as it is";
const NOT_UTF8: &str = "不是 UTF-8 编码，请另存为 UTF-8 / not UTF-8: save the file as UTF-8";

/// Parses the file `bytes`. `environment` gives the value of `$NAME`; names that it does not know
/// are looked up among the file's earlier lines.
pub(super) fn read(
    bytes: &[u8],
    environment: impl Fn(&str) -> Option<String>,
) -> (Vec<EnvLine>, Vec<EnvMistake>) {
    match decode(bytes) {
        Ok(text) => EnvReader::new(&text, environment).read(),
        Err(mistake) => (Vec::new(), vec![mistake]),
    }
}

/// The text, with `\n` at the end of its lines and without a byte order mark.
fn decode(bytes: &[u8]) -> Result<String, EnvMistake> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        EnvMistake {
            name: None,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            reason: NOT_UTF8,
        }
    })?;
    Ok(text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, usize)> {
        let (lines, mistakes) = read(text.as_bytes(), |name| {
            (name == "HOME").then(|| "/home/me".to_owned())
        });
        assert_eq!(mistakes, [], "{text:?}");
        lines
            .into_iter()
            .map(|line| (line.name, line.value, line.line))
            .collect()
    }

    #[test]
    fn every_way_to_write_a_value() {
        for (text, value) in [
            ("A=0.7", "0.7"),
            ("\u{feff}A=0.7\r\n", "0.7"),
            ("  export A = 0.7  # so", "0.7"),
            ("A='it is # $HOME \\ so'   # so", "it is # $HOME \\ so"),
            (
                "A=\"Mon-Fri 09:00, \\\"now\\\" \\$5\" # so",
                "Mon-Fri 09:00, \"now\" $5",
            ),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=''", ""),
            ("A=a#b", "a#b"),
            ("A=a'b c'\"d\"", "ab cd"),
            ("A=sqlite://${HOME}/w.db", "sqlite:///home/me/w.db"),
            ("A=$HOME/知识", "/home/me/知识"),
            ("A=5$", "5$"),
            ("A=\"one\r\ntwo\"", "one\ntwo"),
            ("A=a=b", "a=b"),
        ] {
            let found = values(text);
            assert_eq!(
                found
                    .iter()
                    .map(|(n, v, _)| (n.as_str(), v.as_str()))
                    .collect::<Vec<_>>(),
                [("A", value)],
                "{text:?}"
            );
        }
    }

    #[test]
    fn lines_are_counted() {
        let found = values("# one\r\n\r\nA=1\nexport=2\nB=\"x\ny\"\n\nC='\n'$A\nD=4");
        let lines: Vec<_> = found
            .iter()
            .map(|(name, value, line)| (name.as_str(), value.as_str(), *line))
            .collect();
        assert_eq!(
            lines,
            [
                ("A", "1", 3),
                ("export", "2", 4),
                ("B", "x\ny", 5),
                ("C", "\n1", 8),
                ("D", "4", 10)
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_line() {
        for (text, line, reason) in [
            ("A=1\nhello world", 2, FORM),
            ("A=1\nTOKEN hunter2", 2, FORM),
            ("WENLU-ROOT=x", 1, NAME),
            ("1A=x", 1, NAME),
            ("根=x", 1, NAME),
            ("A＝1", 1, WIDE_EQUALS),
            ("A=“x”", 1, WIDE_QUOTES),
            ("A=1\n\nB='x\nC=1\n", 3, OPEN_QUOTE),
            ("B=\"x\nC=1\n", 1, OPEN_QUOTE),
            ("B=it's\nA=1\n# that's all\n", 1, OPEN_QUOTE),
            ("B=5\"\nA=1\nC=\"x\"\n", 1, OPEN_QUOTE),
            ("B='x\nA=1\nC='y'\n", 1, OPEN_QUOTE),
            ("B='x\nA=1\nC='y z'\n", 1, AFTER_VALUE),
            ("B=C:\\bot\\\nA=1\n", 1, ESCAPE),
            ("B=x\\\nA=1\n", 1, ESCAPE),
            ("B=\"one\n\\two $none\nthree\"\nA=1\n", 1, ESCAPE),
            ("A=one two", 1, AFTER_VALUE),
            ("A='one' two", 1, AFTER_VALUE),
            ("A=C:\\bot", 1, ESCAPE),
            ("A=pa$word", 1, UNSET),
        ] {
            let (lines, mistakes) = read(text.as_bytes(), |_| None);
            let found: Vec<_> = mistakes
                .iter()
                .map(|mistake| (mistake.line, mistake.reason))
                .collect();
            assert_eq!(found, [(line, reason)], "{text:?}");
            // the lines around it are still read
            assert_eq!(
                lines.iter().any(|line| line.name == "A"),
                text.contains("A=1\n"),
                "{text:?}"
            );
        }
        let (_, mistakes) = read(b"A=1\nB=\xff\n", |_| None);
        assert_eq!((mistakes[0].line, mistakes[0].reason), (2, NOT_UTF8));
    }
}
