//! The Telegram channel: what it hears, how it draws, what it sends, and what it makes of failures.

mod calls;
mod client;
mod hear;
mod html;
