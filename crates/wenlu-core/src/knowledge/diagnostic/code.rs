//! The codes of mistakes. Out: a stable name, a number and a severity for each. Must not know: where a
//! mistake is.

use serde::Serialize;

/// An error prevents the knowledge from being used; a warning is most likely a mistake; a note is
/// worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The files cannot be used.
    Error,
    /// The files can be used, and something in them is probably not meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// All diagnostic codes. A code never changes its meaning, and a retired one is never used again.
macro_rules! codes {
    ($($variant:ident = $severity:ident $id:literal $slug:literal;)*) => {
        /// A stable name for one kind of mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = concat!("`", $id, "`, ", $slug, ".")] $variant,)* }
        impl Code {
            /// All codes, in the order in which they are documented.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];
            /// The code that is printed and documented, such as `E001`.
            pub fn id(self) -> &'static str { match self { $(Code::$variant => $id,)* } }
            /// The name in words, such as `no-intents-folder`.
            pub fn slug(self) -> &'static str { match self { $(Code::$variant => $slug,)* } }
            /// How serious it is.
            pub fn severity(self) -> Severity { match self { $(Code::$variant => Severity::$severity,)* } }
        }
    };
}

codes! {
    // files
    NoIntentsFolder = Error "E001" "no-intents-folder";
    NoIntents = Warning "W002" "no-intents";
    Unreadable = Error "E003" "unreadable";
    TooLarge = Error "E004" "too-large";
    NotUtf8 = Error "E005" "not-utf8";
    BadId = Error "E006" "bad-id";
    DuplicateId = Error "E007" "duplicate-id";
    UnknownFile = Warning "W008" "unknown-file";
    MergeConflict = Error "E009" "merge-conflict";
    ReservedId = Error "E010" "reserved-id";
    Emptied = Error "E011" "emptied";
    // the form of a TOML file
    UnknownField = Error "E101" "unknown-field";
    WrongType = Error "E102" "wrong-type";
    MissingField = Error "E103" "missing-field";
    TomlSyntax = Error "E104" "toml-syntax";
    DuplicateKey = Error "E105" "duplicate-key";
    EmptyText = Error "E106" "empty-text";
    BadValue = Error "E107" "bad-value";
    LongTitle = Warning "W108" "long-title";
    FaintColour = Warning "W109" "faint-colour";
    // wording
    DuplicateExample = Error "E201" "duplicate-example";
    NotIsExample = Error "E202" "not-is-example";
    TestIsExample = Error "E203" "test-is-example";
    DeadKeyword = Error "E204" "dead-keyword";
    DuplicateKeyword = Error "E205" "duplicate-keyword";
    KindConflict = Error "E206" "kind-conflict";
    FewExamples = Warning "W207" "few-examples";
    NoNearMisses = Warning "W208" "no-near-misses";
    DuplicateWord = Warning "W209" "duplicate-word";
    DeadWord = Error "E210" "dead-word";
    SameTitle = Warning "W211" "same-title";
    DuplicateTest = Warning "W212" "duplicate-test";
    DuplicateLabel = Warning "W213" "duplicate-label";
    // links between files
    BrokenLink = Error "E301" "broken-link";
    BrokenSection = Error "E302" "broken-section";
    ParentNotMenu = Error "E303" "parent-not-menu";
    ParentLoop = Error "E304" "parent-loop";
    EmptyMenu = Error "E305" "empty-menu";
    MissingReply = Error "E306" "missing-reply";
    MissingTranslation = Warning "W307" "missing-translation";
    NeedlessReply = Error "E308" "needless-reply";
    StrayReply = Error "E309" "stray-reply";
    DuplicateLink = Error "E310" "duplicate-link";
    UnwrittenReply = Warning "W311" "unwritten-reply";
    // replies
    NoTitle = Error "E401" "no-title";
    TitleNotFirst = Error "E402" "title-not-first";
    SecondTitle = Error "E403" "second-title";
    DuplicateSection = Error "E404" "duplicate-section";
    SectionWithoutId = Warning "W405" "section-without-id";
    SecondSteps = Error "E406" "second-steps";
    Unsupported = Error "E407" "unsupported";
    BadLink = Error "E408" "bad-link";
    EmptyPart = Error "E409" "empty-part";
    SectionMismatch = Error "E410" "section-mismatch";
    BadSectionId = Error "E411" "bad-section-id";
    StrayMarkup = Error "E412" "stray-markup";
    // variables and sentences
    UnknownVariable = Error "E501" "unknown-variable";
    BadTemplate = Error "E502" "bad-template";
    BadVariable = Error "E503" "bad-variable";
    // found by `wenlu check`, which routes messages
    FailedTest = Error "E601" "failed-test";
    NearerElsewhere = Warning "W602" "nearer-elsewhere";
    CloseElsewhere = Note "N603" "close-elsewhere";
    NearDuplicate = Warning "W604" "near-duplicate";
    NotNearExample = Warning "W605" "not-near-example";
    SharedKeyword = Warning "W606" "shared-keyword";
    ShadowedKeyword = Note "N607" "shadowed-keyword";
    CommonKeyword = Warning "W608" "common-keyword";
    SectionWithoutPhrase = Note "N609" "section-without-phrase";
    DeafPhrase = Warning "W610" "deaf-phrase";
    FragileTest = Note "N611" "fragile-test";
    CalibrationOff = Note "N612" "calibration-off";
}
