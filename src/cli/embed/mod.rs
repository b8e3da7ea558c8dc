//! `wenlu embed`: what somebody needs who puts the chat on their own site.

mod report;

use super::context::{GlobalFlags, load_settings, runtime};
use super::output::out_line;
use crate::channel::web::{EmbedOrigins, SiteCheck, SiteFinding, probe_site};
use crate::settings::{Settings, local_url};
use anyhow::Context;
use clap::ValueEnum;
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args, Debug)]
pub(super) struct EmbedArgs {
    /// The site, such as https://www.example.com [default: the first of WENLU_EMBED_ORIGINS]
    #[arg(value_name = "SITE")]
    site: Option<String>,
    /// Where browsers reach this server [default: WENLU_PUBLIC_URL, else this machine, at WENLU_LISTEN]
    #[arg(long, value_name = "URL")]
    address: Option<Url>,
    /// Print code for the site's server, which signs who its visitors are
    #[arg(long, value_name = "LANGUAGE")]
    sign: Option<SigningLanguage>,
    /// The results as JSON
    #[arg(long)]
    json: bool,
}

/// What a site's server is written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SigningLanguage {
    Node,
    Python,
    Php,
    Java,
}

impl SigningLanguage {
    fn code(self, site: &str) -> String {
        let code = match self {
            SigningLanguage::Node => include_str!("sign/node.js"),
            SigningLanguage::Python => include_str!("sign/python.py"),
            SigningLanguage::Php => include_str!("sign/php.php"),
            SigningLanguage::Java => include_str!("sign/WenluToken.java"),
        };
        code.replace("%site%", site)
    }
}

/// What was found of a site.
struct SiteReport {
    site: String,
    /// Where browsers reach the server.
    base: Url,
    is_listed: bool,
    /// Whether visitors can be identified.
    has_secret: bool,
    checks: Vec<(SiteCheck, SiteFinding)>,
    code: Option<String>,
}

pub(super) fn run(global: &GlobalFlags, args: EmbedArgs) -> anyhow::Result<ExitCode> {
    let settings = load_settings(global)?;
    let site = site(args.site.as_deref(), &settings)?;
    let base = base(args.address, &settings)?;
    let checks = runtime()?
        .block_on(probe_site(&base, &site))
        .context("这个地址用不了 / the address cannot be used")?;
    let report = SiteReport {
        is_listed: EmbedOrigins::new(settings.embed.origins.clone()).allows(&site),
        has_secret: !settings.embed.secrets.is_empty(),
        checks,
        code: args.sign.map(|language| language.code(&site)),
        base,
        site,
    };
    match args.json {
        true => out_line(&report.as_json().to_string())?,
        false => out_line(&report.as_text())?,
    }
    Ok(match report.is_well() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// An origin as browsers write it.
fn site(given: Option<&str>, settings: &Settings) -> anyhow::Result<String> {
    let first = || {
        let mut listed = settings.embed.origins.iter();
        listed.find(|origin| !origin.contains('*')).cloned()
    };
    let named = given.map(str::to_owned).or_else(first).context(
        "请写上网站的地址，例如 wenlu embed https://www.example.com / name the site: WENLU_EMBED_ORIGINS lists none",
    )?;
    let url = Url::parse(&named).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url =
        url.context("网站的地址要像 https://www.example.com / a site is an http or https address")?;
    Ok(url.origin().ascii_serialization())
}

fn base(given: Option<Url>, settings: &Settings) -> anyhow::Result<Url> {
    let public = settings.server.public_url.as_deref();
    match (given, public) {
        (Some(address), _) => Ok(address),
        (None, Some(public)) => Ok(Url::parse(public)?),
        (None, None) => Ok(Url::parse(&local_url(settings.server.listen))?),
    }
}
