"""Short sentences shown after something was done. An address carries their name, never their text."""

from market.kernel.errors import N_

NOTICES = {
    "saved": N_("Saved."),
    "published": N_("Published. It can be found within seconds."),
    "withdrawn": N_("Withdrawn. Nobody but you sees it now."),
    "renewed": N_("Renewed for a year."),
    "copied": N_("This is a copy. Change what differs, then publish it."),
    "deleted": N_("The draft is deleted."),
    "confirmed": N_("Your mail address is confirmed. Welcome!"),
    "signed_out": N_("You are signed out."),
    "session_ended": N_("That browser is signed out."),
    "token_ended": N_("The token has ended."),
    "password_changed": N_("Your password is changed."),
    "together_done": N_("Done, with all that you chose."),
    "judged": N_("Saved. You can take it back here at any time."),
    "proposed": N_("Proposed. Both sides hear of it by mail."),
    "tried_again": N_("This is tried again within seconds. What fails again comes back here."),
    "client_founded": N_("The organization is here, and your centre acts for it. Now write its first offer or demand."),
    "representation_granted": N_("This centre now acts for you. You can end it here at any time."),
    "representation_ended": N_("Ended. What was written stays with the organization."),
    "search_saved": N_("The search is saved. You hear of what is new here."),
    "search_deleted": N_("The search is deleted."),
    "feed_ended": N_("The address has ended."),
    "alerts_stopped": N_("You get no more mails about new listings."),
    "alerts_resumed": N_("Mails about new listings come again."),
    "bookmarked": N_("On your shortlist."),
    "bookmark_dropped": N_("No longer on your shortlist."),
    "followed": N_("You follow this organization now."),
    "unfollowed": N_("You no longer follow this organization."),
    "organization_founded": N_("Your organization is here. Now write your first offer or demand."),
}
