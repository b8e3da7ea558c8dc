//! The platform's own customer-service tool. In: what its people do. Out: the events that the platform
//! delivers of it; meanwhile the asker's messages go to the tool, and not to the account.

use crate::{Message, Platform};

impl Platform {
    /// A person of the tool takes the asker, who may wait for one or not.
    pub fn takes(&self, servicer: &str, openid: &str) -> Message {
        let is_new = self.world.state().served.insert(openid.to_owned());
        assert!(is_new, "{openid} is served already");
        self.event(openid, "kf_create_session", &[("KfAccount", servicer)])
    }

    /// A person of the tool gives the asker to another.
    pub fn gives(&self, (from, to): (&str, &str), openid: &str) -> Message {
        assert!(self.serves(openid), "nobody serves {openid}");
        let fields = [("FromKfAccount", from), ("ToKfAccount", to)];
        self.event(openid, "kf_switch_session", &fields)
    }

    /// A person of the tool is done with the asker.
    pub fn ends(&self, servicer: &str, openid: &str) -> Message {
        let was_served = self.world.state().served.remove(openid);
        assert!(was_served, "nobody serves {openid}");
        let fields = [("KfAccount", servicer), ("CloseType", "KF")];
        self.event(openid, "kf_close_session", &fields)
    }

    /// Whether a person of the tool has the asker.
    pub fn serves(&self, openid: &str) -> bool {
        self.world.state().served.contains(openid)
    }

    /// Whether a message goes to the tool by itself: events never do.
    pub(crate) fn is_for_tool(&self, message: &Message) -> bool {
        self.serves(&message.asker) && !message.is_event()
    }

    fn event(&self, openid: &str, event: &str, fields: &[(&str, &str)]) -> Message {
        self.asker(openid).event(event, fields)
    }
}
