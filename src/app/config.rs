//! What each part is built from. In: settings. Out: a part's own config. Must not know: what a part
//! does with it.

use crate::admin::{AdminAccess, AdminConfig};
use crate::attachment::{AttachmentConfig, AttachmentPolicy};
use crate::channel::bridge::BridgeConfig;
use crate::channel::event_hook::EventHook;
use crate::channel::notices::{MailRoute, NoticeConfig, QuietHours, ReportRhythm};
use crate::channel::telegram::rate_limit::BotApiLimits;
use crate::channel::telegram::{TelegramConfig, WebhookConfig};
use crate::channel::web::{EmbedConfig, EmbedOrigins, WebConfig};
use crate::channel::wecom::{WecomConfig, WecomPeople};
use crate::channel::weixin::{
    CreditRules, WeixinAccount, WeixinAccountKind, WeixinApiConfig, WeixinConfig,
};
use crate::encoder::EncoderConfig;
use crate::http::HttpConfig;
use crate::http::connections::ConnectionLimits;
use crate::http::limit::RequestRate;
use crate::http::occupancy::OccupancyCaps;
use crate::maintenance::JournalLimits;
use crate::settings::{
    AccessSetting, ConnectionSettings, ModelCacheSetting, RateSetting, ReportSetting,
    ServerSettings, Settings, UploadSetting, WecomServicersSetting, WeixinAccountSetting,
    WeixinKindSetting, WeixinPeopleSetting, WeixinSendSetting,
};
use crate::store::database_file;
use crate::turn::HandoverPatience;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use wenlu_core::dialogue::ReplyClock;

/// How often a notice is tried that its receiver does not take while it takes others.
const NOTICE_ATTEMPTS: i64 = 40;
/// A request that takes longer, its body included, is aborted: over what a turn takes under load.
const DEADLINE: Duration = Duration::from_secs(20);

pub(super) fn http(settings: &Settings) -> HttpConfig {
    HttpConfig {
        body_limit: settings.server.body_limit,
        grace: settings.server.shutdown_grace,
        connections: connections(&settings.server),
        deadline: DEADLINE,
    }
}

/// The connections of a trusted proxy are those of many clients: they count in all only.
fn connections(server: &ServerSettings) -> ConnectionLimits {
    let ConnectionSettings {
        total,
        per_address,
        header_timeout,
        idle_timeout,
        ..
    } = server.connections;
    ConnectionLimits {
        caps: OccupancyCaps {
            total,
            per_client: (server.trusted_proxies == 0).then_some(per_address),
        },
        header_timeout,
        idle_timeout,
    }
}

pub(super) fn web(settings: &Settings) -> WebConfig {
    WebConfig {
        rate: own_rate(&settings.server),
        trusted_proxies: settings.server.trusted_proxies,
        body_limit: settings.server.body_limit,
        streams: OccupancyCaps {
            total: settings.server.connections.streams,
            per_client: Some(settings.server.connections.streams_per_address),
        },
        embed: embed(settings),
        files: files(settings),
    }
}

fn embed(settings: &Settings) -> EmbedConfig {
    let embed = &settings.embed;
    let rate = embed.rate_per_minute.map(|all| {
        let per_minute = share(all, settings.server.replicas);
        RequestRate {
            per_minute,
            // what comes in ten seconds may come at once
            burst: NonZeroU32::new(per_minute.get() / 6).unwrap_or(NonZeroU32::MIN),
        }
    });
    EmbedConfig {
        origins: EmbedOrigins::new(embed.origins.clone()),
        secrets: embed.secrets.clone(),
        tells_page: embed.tells_page,
        rate,
    }
}

/// Whether pictures and files may be sent, and how much of them is kept.
fn files(settings: &Settings) -> AttachmentConfig {
    AttachmentConfig {
        policy: match settings.upload.policy {
            UploadSetting::Off => AttachmentPolicy::Off,
            UploadSetting::WithPerson => AttachmentPolicy::WithPerson,
            UploadSetting::On => AttachmentPolicy::On,
        },
        total: settings.upload.total,
    }
}

/// This process's share of what one client may send: the replicas do not know what the others have
/// admitted.
fn own_rate(server: &ServerSettings) -> Option<RequestRate> {
    let RequestRate { per_minute, burst } = whole_rate(server.rate?);
    Some(RequestRate {
        per_minute: share(per_minute, server.replicas),
        burst: share(burst, server.replicas),
    })
}

fn whole_rate(RateSetting { per_minute, burst }: RateSetting) -> RequestRate {
    RequestRate { per_minute, burst }
}

fn share(all: NonZeroU32, replicas: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(all.get() / replicas).unwrap_or(NonZeroU32::MIN)
}

pub(super) fn journal(settings: &Settings) -> JournalLimits {
    JournalLimits {
        kept: settings.store.retention,
        max: settings.store.journal_max,
    }
}

pub(super) fn admin(settings: &Settings) -> AdminConfig {
    let has_own_listener = settings.admin.own_listener().is_some();
    let access = match settings.admin.access {
        AccessSetting::Off => AdminAccess::Off,
        AccessSetting::Loopback if has_own_listener => AdminAccess::OwnListener,
        AccessSetting::Loopback => AdminAccess::Loopback,
        AccessSetting::Public => AdminAccess::Public,
    };
    AdminConfig {
        access,
        // no proxy leads to a listener of their own, unless they are public
        trusted_proxies: match access {
            AdminAccess::OwnListener => 0,
            _ => settings.server.trusted_proxies,
        },
        chat: match has_own_listener {
            true => settings.server.public_url.clone(),
            false => Some("/".to_owned()),
        },
        body_limit: settings.server.body_limit,
        timezone: settings.handover.timezone.clone(),
        reply_clock: reply_clock(settings),
        hot_reload: settings.knowledge.reload,
        git: settings.knowledge.git,
        files: files(settings),
    }
}

/// `None` if no token is set: there is no bot.
pub(super) fn telegram(settings: &Settings, limits: BotApiLimits) -> Option<TelegramConfig> {
    let telegram = &settings.telegram;
    let webhook = telegram.webhook.clone().map(|address| WebhookConfig {
        address,
        secret: telegram.secret.clone(),
        max_connections: telegram.max_connections,
    });
    Some(TelegramConfig {
        token: telegram.token.clone()?,
        api: telegram.api.clone(),
        proxy: telegram.proxy.clone(),
        webhook,
        limits,
        group: telegram.group,
        silence: settings.handover.silence,
        files: files(settings),
        lease: settings.store.lease,
    })
}

/// `None`: how long askers wait is not watched.
fn reply_clock(settings: &Settings) -> Option<ReplyClock> {
    let within = settings.handover.first_reply?;
    let hours = settings.handover.service_hours.clone();
    Some(ReplyClock::new(hours, within))
}

pub(super) fn patience(settings: &Settings) -> HandoverPatience {
    HandoverPatience {
        silence: settings.handover.silence,
        away: settings.handover.away,
    }
}

pub(super) fn bridge(settings: &Settings) -> BridgeConfig {
    let bridge = &settings.bridge;
    let replicas = settings.server.replicas;
    let rate = bridge.rate_per_minute.map(|all| {
        let per_minute = share(all, replicas);
        RequestRate {
            per_minute,
            // what comes in ten seconds may come at once
            burst: NonZeroU32::new(per_minute.get() / 6).unwrap_or(NonZeroU32::MIN),
        }
    });
    let hook = bridge.hook.as_ref().map(|hook| EventHook {
        url: hook.url.clone(),
        secrets: hook.secrets.clone(),
        attempts: bridge.attempts,
    });
    BridgeConfig {
        keys: bridge.keys.clone(),
        hook,
        rate,
        asker_rate: own_rate(&settings.server),
        trusted_proxies: settings.server.trusted_proxies,
        body_limit: settings.server.body_limit,
        files: files(settings),
        lease: settings.store.lease,
    }
}

/// The folder that keeps trained models; `None`: they are not kept.
pub(super) fn model_folder(settings: &Settings) -> Option<PathBuf> {
    match &settings.knowledge.model_cache {
        ModelCacheSetting::Off => None,
        ModelCacheSetting::Folder(folder) => Some(folder.clone()),
        ModelCacheSetting::BesideStore => {
            let mut name = database_file(settings.store.database.reveal())?.into_os_string();
            name.push("-models");
            Some(name.into())
        }
    }
}

/// `None`: no encoder is set.
pub(crate) fn encoder(settings: &Settings) -> Option<EncoderConfig> {
    let encoder = &settings.encoder;
    Some(EncoderConfig {
        url: encoder.url.clone()?,
        key: encoder.key.clone(),
        model: encoder.model.clone(),
        proxy: encoder.proxy.clone(),
        cache: encoder.cache.clone(),
    })
}

pub(super) fn notices(settings: &Settings) -> NoticeConfig {
    let notices = &settings.notices;
    let is_reached = settings.admin.access == AccessSetting::Public;
    NoticeConfig {
        mail: notices.mail.as_ref().map(|mail| MailRoute {
            server: mail.server.clone(),
            from: mail.from.clone(),
            to: mail.to.clone(),
        }),
        hook: notices.hook.as_ref().map(|hook| EventHook {
            url: hook.url.clone(),
            secrets: hook.secrets.clone(),
            attempts: NOTICE_ATTEMPTS,
        }),
        quiet: notices
            .quiet
            .map(|(from, until)| QuietHours { from, until }),
        timezone: settings.handover.timezone.clone(),
        reply_clock: reply_clock(settings),
        per_hour: notices.per_hour.get().into(),
        after: notices.after,
        queue: notices.queue.map(|count| count.get().into()),
        report: match notices.report {
            ReportSetting::Never => None,
            ReportSetting::Daily => Some(ReportRhythm::Daily),
            ReportSetting::Weekly => Some(ReportRhythm::Weekly),
        },
        pages: settings
            .server
            .public_url
            .clone()
            .filter(|_| is_reached)
            .map(|url| url.trim_end_matches('/').to_owned()),
        lease: settings.store.lease,
    }
}

/// `second`: the time that pauses call a second.
pub(super) fn weixin(settings: &Settings, second: Duration) -> WeixinConfig {
    let api = &settings.weixin.api;
    WeixinConfig {
        accounts: settings
            .weixin
            .accounts
            .iter()
            .map(weixin_account)
            .collect(),
        rate: own_rate(&settings.server),
        api: WeixinApiConfig {
            url: api.url.clone(),
            credit: CreditRules {
                message: api.credit.message,
                event: api.credit.event,
                enter: api.credit.enter,
            },
            lease: settings.store.lease,
            second,
        },
    }
}

fn weixin_account(account: &WeixinAccountSetting) -> WeixinAccount {
    WeixinAccount {
        appid: account.appid.clone(),
        token: account.token.clone(),
        keys: account.keys.clone(),
        path: account.path.clone(),
        kind: match account.kind {
            WeixinKindSetting::Account => WeixinAccountKind::Official,
            WeixinKindSetting::MiniProgram => WeixinAccountKind::MiniProgram,
        },
        secret: account.secret.clone(),
        is_active: account.send == WeixinSendSetting::Active,
        transfers: account.people == WeixinPeopleSetting::Transfer,
    }
}

/// `None`: WeCom is not set. `second`: the time that pauses call a second.
pub(super) fn wecom(settings: &Settings, second: Duration) -> Option<WecomConfig> {
    let wecom = settings.wecom.as_ref()?;
    Some(WecomConfig {
        corp: wecom.corp.clone(),
        secret: wecom.secret.clone(),
        token: wecom.token.clone(),
        keys: wecom.keys.clone(),
        path: wecom.path.clone(),
        people: match &wecom.servicers {
            WecomServicersSetting::Operators => WecomPeople::Operators,
            WecomServicersSetting::Queue => WecomPeople::Queue,
            WecomServicersSetting::Named(ids) => WecomPeople::Servicers(ids.clone()),
        },
        api: wecom.api.clone(),
        credit: wecom.credit,
        // the process that pulls answers all of it: there is nothing to share
        rate: settings.server.rate.map(whole_rate),
        lease: settings.store.lease,
        second,
    })
}
