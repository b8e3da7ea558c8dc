//! Which method is which. In: its name in lower case and the parameters. Out: what it came to. `getUpdates` is not here:
//! it waits.

use super::failure::{Failure, Outcome};
use super::params::Params;
use super::state::State;
use super::{answering, editing, inform, sending, topics, webhook};

/// The methods that count as sending: flood control holds for them.
const SENDS: [&str; 9] = [
    "sendmessage",
    "sendphoto",
    "senddocument",
    "copymessage",
    "copymessages",
    "editmessagecaption",
    "forwardmessage",
    "editmessagetext",
    "editmessagereplymarkup",
];

pub(crate) fn call(state: &mut State, method: &str, params: &Params) -> Outcome {
    if SENDS.contains(&method) {
        state.heed_silence(method, params)?;
    }
    match method {
        "setwebhook" => webhook::set(state, params),
        "deletewebhook" => webhook::delete(state, params),
        "getwebhookinfo" => webhook::info(state),
        "sendmessage" => sending::message(state, params),
        "sendphoto" => sending::file(state, params, "photo"),
        "senddocument" => sending::file(state, params, "document"),
        "getfile" => inform::file(state, params),
        "copymessage" => sending::copy(state, params),
        "copymessages" => sending::copies(state, params),
        "forwardmessage" => sending::forward(state, params),
        "editmessagetext" => editing::text(state, params),
        "editmessagecaption" => editing::caption(state, params),
        "editmessagereplymarkup" => editing::keyboard(state, params),
        "deletemessage" => editing::delete(state, params),
        "pinchatmessage" => editing::pin(state, params),
        "answercallbackquery" => answering::callback(state, params),
        "answerinlinequery" => answering::inline(state, params),
        "createforumtopic" => topics::create(state, params),
        "editforumtopic" => topics::edit(state, params),
        "closeforumtopic" => topics::close(state, params, true),
        "reopenforumtopic" => topics::close(state, params, false),
        "getme" => inform::me(state),
        "getchat" => inform::chat(state, params),
        "getchatmember" => inform::member(state, params),
        "sendchataction" => inform::action(state, params),
        "setmycommands" => inform::set_commands(state, params),
        "getmycommands" => inform::commands(state, params),
        _ => Err(Failure::new(404, "Not Found: method not found")),
    }
}
