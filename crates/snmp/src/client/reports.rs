//! What a conversation does about a Report: SNMPv3's word for a request that was not served.

use std::time::{Duration, Instant};

use super::conversation::Conversation;
use crate::Failure;
use crate::codec::Codec;
use crate::usm::{Reaction, Report};

/// How often a request is sent again because a Report prompts it.
const MOST_PROMPTED: u32 = 3;
/// So long an unsigned Report may be refuted by an answer before it is believed.
const BELIEVED_AFTER: Duration = Duration::from_secs(1);

impl Conversation<'_> {
    pub(super) async fn on_report(
        &mut self,
        nth: usize,
        report: &Report,
        at: Instant,
    ) -> Result<(), Failure> {
        let Codec::Secured(secured) = &mut self.codec else { return Ok(()) };
        self.cost.packets_received += 1;
        let reaction = secured.trust.on_report(report, at);
        let failure = || Failure::Auth(report.complaint.explain(secured.trust.user()));
        let flight = &mut self.flights[nth];
        match reaction {
            Reaction::Ignored => Ok(()),
            Reaction::Refused => Err(failure()),
            Reaction::Resend if flight.prompted < MOST_PROMPTED => {
                flight.prompted += 1;
                // It was no loss, and the next sending is as good as the first.
                flight.sent -= 1;
                self.send(nth).await
            }
            Reaction::Resend | Reaction::Doubted => {
                self.doubt = Some(failure());
                // After an answer it is known to be wrong, and no more than what is told if nothing else comes.
                if self.answers == 0 {
                    flight.doubted = true;
                    flight.due = at + BELIEVED_AFTER.min(self.target.limits.timeout);
                }
                Ok(())
            }
        }
    }
}
