"""Facts and handlers in words that staff understand. `tests/market/deliveries` holds them together with `wiring`."""

from collections.abc import Mapping

from market.kernel.errors import N_

FACTS: Mapping[str, str] = {
    "ConfirmationAsked": N_("Somebody is to confirm a mail address"),
    "RegistrationRepeated": N_("Somebody registered with an address that has an account"),
    "PasswordResetAsked": N_("Somebody asked for a new password"),
    "PasswordChanged": N_("A password was changed"),
    "RepresentationGranted": N_("A centre may now act for an organization"),
    "RepresentationEnded": N_("A centre no longer acts for an organization"),
    "MailWritten": N_("A mail was written"),
    "ListingPublished": N_("A listing was published"),
    "ListingChanged": N_("A listing was changed"),
    "ListingWithdrawn": N_("A listing was withdrawn"),
    "ListingExpired": N_("A listing expired"),
    "ListingEmbedded": N_("The meaning of a listing was worked out"),
    "ListingRemoved": N_("A listing was removed for good"),
    "IndexRebuildAsked": N_("Somebody asked for a new search index"),
    "ImportReceived": N_("A file was sent"),
    "ImportConfirmed": N_("An import was confirmed"),
    "ImportStopped": N_("An import was stopped"),
    "ListingsImported": N_("Listings were imported"),
    "SearchSaved": N_("A search was saved"),
    "ProspectingAsked": N_("Imported listings are still to be matched with saved searches"),
    "DigestsDue": N_("Mails about new listings are due"),
    "EmbeddingsMissed": N_("Listings were found whose meaning was not worked out"),
    "MatchesMissed": N_("Listings were found whose matches were not looked for"),
    "PairProposed": N_("A centre proposed a pair to both sides"),
    "EventCopied": N_("A new edition of an event was made"),
    "EventChanged": N_("An event was changed"),
    "ProgrammeReleased": N_("A programme was released"),
    "EventStateChanged": N_("An event is in another state"),
    "ParticipantMoved": N_("Somebody's registration for an event has changed"),
}
"""What happened."""

HANDLERS: Mapping[str, str] = {
    "write_account_mails": N_("Write a mail about the account"),
    "write_representation_mails": N_("Write mails about acting for an organization"),
    "send_mails": N_("Send the mail"),
    "index_listings": N_("Enter the listing in the search index"),
    "forget_listings": N_("Take the listing out of the search index"),
    "rebuild_index": N_("Build a new search index"),
    "embed_listings": N_("Work out the meaning of the listing"),
    "take_over_imports": N_("Take the rows over as listings"),
    "check_imports": N_("Check the rows of the file"),
    "clear_imports": N_("Delete the file and its rows"),
    "index_imports": N_("Enter imported listings in the search index"),
    "embed_missing": N_("Work out the meaning of these listings"),
    "match_listings": N_("Look for the listing's matches"),
    "match_missing": N_("Look for the matches of these listings"),
    "prepare_searches": N_("Prepare the words of the saved search"),
    "find_alerts": N_("Match the listing with saved searches"),
    "match_imports": N_("Match imported listings with saved searches"),
    "write_digests": N_("Write mails about new listings"),
    "write_proposal_mails": N_("Write mails about a proposed pair"),
    "copy_programmes": N_("Copy the programme of the edition before"),
    "follow_zones": N_("Work out when the sessions are"),
    "tell_speakers": N_("Write mails about changed sessions"),
    "copy_registrations": N_("Copy the registration of the edition before"),
    "write_participant_mails": N_("Write a mail about the registration"),
    "tell_called_off": N_("Write mails about an event that is called off"),
}
"""What was to be done then."""
