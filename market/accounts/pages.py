from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response

from market.accounts import queries, rules, service
from market.accounts.enums import CHOOSABLE_SCOPES, SCOPES, TOKEN_LIFETIMES, TokenLifetime
from market.accounts.forms import (
    ConfirmForm,
    ForgotForm,
    PasswordForm,
    ProfileForm,
    RegisterForm,
    ResetForm,
    SignInForm,
    TokenForm,
)
from market.accounts.models import MailTokenPurpose
from market.accounts.presenting import name_browser
from market.kernel.errors import Fault, Faulty
from market.kernel.ids import hash_token
from market.kernel.viewer import Scope
from market.web.addresses import safe_next
from market.web.deps import AppResources, Db, MaybeViewer, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.limits import (
    CONFIRM_PER_ACCOUNT,
    REGISTER_PER_ADDRESS,
    RESET_PER_ACCOUNT,
    SIGN_IN_PER_ACCOUNT,
    SIGN_IN_PER_ADDRESS,
)
from market.web.page import PageRefused
from market.web.resources import Resources
from market.web.tokens import SESSION_COOKIE, SESSION_SECONDS, VISITOR_COOKIE, set_cookie

router = APIRouter()


@router.get("/sign-in", name="accounts.sign_in")
def show_sign_in(page: Page, next: str = "") -> Response:  # noqa: A002 - the query key
    if page.viewer is not None:
        return page.redirect_to(safe_next(next, fallback=page.url("accounts.account")))
    return page.render("accounts/sign_in.html", faults={}, values={"next": next})


@router.post("/sign-in", name="accounts.do_sign_in")
def sign_in(request: Request, sent: Sent, db: Db, now: Now, page: Page) -> Response:
    values = {"email": sent.first("email"), "next": sent.first("next")}
    try:
        form = parse_form(SignInForm, sent)
        page.resources.limits.check(SIGN_IN_PER_ADDRESS, "sign-in", client_address(request))
        page.resources.limits.check(SIGN_IN_PER_ACCOUNT, "sign-in", rules.fold_email(form.email))
        browser = request.headers.get("user-agent", "")
        user, token = service.sign_in(db, email=form.email, password=form.password, browser=browser, now=now)
    except Faulty as problem:
        raise page.refusal("accounts/sign_in.html", faults=problem.faults, values=values) from problem
    except service.WrongCredentials as problem:
        faults = {"password": Fault(problem.message)}
        raise page.refusal("accounts/sign_in.html", faults=faults, values=values) from problem
    response = page.redirect_to(safe_next(form.next, fallback=page.url("accounts.account", language=user.language)))
    _set_session(response, page.resources, token)
    return response


@router.post("/sign-out", name="accounts.sign_out")
def sign_out(_sent: Sent, db: Db, viewer: MaybeViewer, page: Page) -> Response:
    """Signing out twice is harmless."""
    if viewer is not None:
        service.end_sign_in(db, viewer.id, viewer.session_id)
    response = page.redirect("discovery.home", notice="signed_out")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/register", name="accounts.register")
def show_register(page: Page) -> Response:
    if page.viewer is not None:
        return page.redirect("accounts.account")
    return page.render("accounts/register.html", faults={}, values={})


@router.post("/register", name="accounts.do_register")
def register(request: Request, sent: Sent, db: Db, now: Now, page: Page) -> Response:
    """The same answer whether the address has an account or not: its owner learns it by mail."""
    try:
        form = parse_form(RegisterForm, sent)
    except Faulty as problem:
        values = {"email": sent.first("email"), "name": sent.first("name")}
        raise page.refusal("accounts/register.html", faults=problem.faults, values=values) from problem
    page.resources.limits.check(REGISTER_PER_ADDRESS, "register", client_address(request))
    service.register_user(db, email=form.email, name=form.name, password=form.password, language=page.language, now=now)
    return page.redirect("accounts.check_mail")


@router.get("/check-mail", name="accounts.check_mail")
def show_check_mail(page: Page, resources: AppResources) -> Response:
    return page.render("accounts/check_mail.html", in_development=resources.settings.in_development)


@router.get("/confirm/{token}", name="accounts.confirm")
def show_confirm(token: str, db: Db, now: Now, page: Page) -> Response:
    """A form, because mail programs follow links on their own and a GET changes nothing."""
    if queries.find_mail_token(db, token, MailTokenPurpose.CONFIRM_ADDRESS, now=now) is None:
        page.refuse(service.LinkExpired())
    return page.render("accounts/confirm.html", token=token, faults={})


@router.post("/confirm/{token}", name="accounts.do_confirm")
def confirm(token: str, request: Request, sent: Sent, db: Db, now: Now, page: Page) -> Response:
    try:
        form = parse_form(ConfirmForm, sent)
        page.resources.limits.check(SIGN_IN_PER_ACCOUNT, "confirm", hash_token(token))
        user = service.confirm_address(db, token, password=form.password, now=now)
    except Faulty as problem:
        raise page.refusal("accounts/confirm.html", token=token, faults=problem.faults) from problem
    except service.WrongCredentials as problem:
        faults = {"password": Fault(problem.message)}
        raise page.refusal("accounts/confirm.html", token=token, faults=faults) from problem
    browser = request.headers.get("user-agent", "")
    session_token = service.start_sign_in(db, user, browser=browser, now=now)
    response = page.redirect("accounts.account", notice="confirmed", language=user.language)
    _set_session(response, page.resources, session_token)
    return response


@router.post("/account/confirm-again", name="accounts.confirm_again")
def confirm_again(_sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    page.resources.limits.check(CONFIRM_PER_ACCOUNT, "confirm", str(viewer.id))
    service.ask_for_confirmation(db, queries.get_user(db, viewer.id))
    return page.redirect("accounts.check_mail")


@router.get("/forgot", name="accounts.forgot")
def show_forgot(page: Page) -> Response:
    return page.render("accounts/forgot.html", faults={}, values={})


@router.post("/forgot", name="accounts.do_forgot")
def forgot(request: Request, sent: Sent, db: Db, page: Page) -> Response:
    try:
        form = parse_form(ForgotForm, sent)
    except Faulty as problem:
        values = {"email": sent.first("email")}
        raise page.refusal("accounts/forgot.html", faults=problem.faults, values=values) from problem
    page.resources.limits.check(SIGN_IN_PER_ADDRESS, "forgot", client_address(request))
    page.resources.limits.check(RESET_PER_ACCOUNT, "forgot", form.email)
    service.ask_for_reset(db, form.email)
    return page.redirect("accounts.check_mail")


@router.get("/reset/{token}", name="accounts.reset")
def show_reset(token: str, db: Db, now: Now, page: Page) -> Response:
    if queries.find_mail_token(db, token, MailTokenPurpose.RESET_PASSWORD, now=now) is None:
        page.refuse(service.LinkExpired())
    return page.render("accounts/reset.html", token=token, faults={})


@router.post("/reset/{token}", name="accounts.do_reset")
def reset(token: str, sent: Sent, db: Db, now: Now, page: Page) -> Response:
    try:
        form = parse_form(ResetForm, sent)
    except Faulty as problem:
        raise page.refusal("accounts/reset.html", token=token, faults=problem.faults) from problem
    service.reset_password(db, token, password=form.password, now=now)
    return page.redirect("accounts.sign_in", notice="password_changed")


@router.get("/account", name="accounts.account")
def show_account(db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    return _render_account(db, viewer, now, page)


@router.post("/account/profile", name="accounts.change_profile")
def change_profile(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    try:
        form = parse_form(ProfileForm, sent)
    except Faulty as problem:
        raise _refuse_account(db, viewer, now, page, problem.faults) from problem
    service.change_profile(db, queries.get_user(db, viewer.id), name=form.name, language=form.language)
    return page.redirect("accounts.account", notice="saved", language=form.language)


@router.post("/account/password", name="accounts.change_password")
def change_password(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    page.resources.limits.check(SIGN_IN_PER_ACCOUNT, "password", str(viewer.id))
    try:
        form = parse_form(PasswordForm, sent)
        user = queries.get_user(db, viewer.id)
        service.change_password(db, user, old=form.old_password, new=form.new_password, keep=viewer.session_id, now=now)
    except Faulty as problem:
        raise _refuse_account(db, viewer, now, page, problem.faults) from problem
    except service.WrongCredentials as problem:
        faults = {"old_password": Fault(service.WrongCredentials.message)}
        raise _refuse_account(db, viewer, now, page, faults) from problem
    return page.redirect("accounts.account", notice="password_changed")


@router.post("/account/sessions/{session_id}/end", name="accounts.end_session")
def end_session(session_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    service.end_sign_in(db, viewer.id, session_id)
    return page.redirect("accounts.account", notice="session_ended")


@router.get("/account/tokens", name="accounts.tokens")
def show_tokens(db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    values = {"form_id": str(uuid4()), "scopes": [Scope.LISTINGS_READ], "lifetime": TokenLifetime.QUARTER}
    return _render_tokens(db, viewer, now, page, values=values)


@router.post("/account/tokens", name="accounts.make_token")
def make_token(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """The answer is the page itself, because the token is shown this once; the same form again makes none."""
    values = {name: sent.first(name) for name in ("form_id", "name", "lifetime")} | {"scopes": sent.all("scopes")}
    try:
        form = parse_form(TokenForm, sent)
        lifetime = timedelta(days=form.lifetime.days) if form.lifetime.days else None
        token = service.make_token(
            db, queries.get_user(db, viewer.id), token_id=form.form_id, name=form.name, scopes=form.scopes, now=now,
            lifetime=lifetime,
        )  # fmt: skip
    except Faulty as problem:
        page.stand_at(page.url("accounts.tokens"))
        refused = _render_tokens(db, viewer, now, page, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    if token is None:
        return page.redirect("accounts.tokens")
    page.stand_at(page.url("accounts.tokens"))
    return _render_tokens(db, viewer, now, page, values={"form_id": str(uuid4())}, made=token)


@router.post("/account/tokens/{token_id}/end", name="accounts.end_token")
def end_token(token_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    service.end_token(db, viewer.id, token_id, now=now)
    return page.redirect("accounts.tokens", notice="token_ended")


def client_address(request: Request) -> str:
    """The peer; behind a trusted proxy the server has put the real one in its place."""
    return request.client.host if request.client else "unknown"


def _render_account(db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    return page.render("accounts/account.html", **_account_values(db, viewer, now), faults={})


def _refuse_account(db: Db, viewer: SignedIn, now: Now, page: Page, faults: dict[str, Fault]) -> PageRefused:
    values = _account_values(db, viewer, now)
    return page.refusal("accounts/account.html", at=page.url("accounts.account"), **values, faults=faults)


def _account_values(db: Db, viewer: SignedIn, now: Now) -> dict[str, Any]:
    return {
        "user": queries.get_user(db, viewer.id),
        "sessions": queries.list_sign_ins(db, viewer.id, now=now),
        "name_browser": name_browser,
    }


def _render_tokens(
    db: Db, viewer: SignedIn, now: Now, page: Page, *, values: dict[str, Any], faults: dict[str, Fault] | None = None,
    made: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "accounts/tokens.html", status=status, tokens=queries.list_tokens(db, viewer.id), now=now, made=made,
        values=values, faults=faults or {}, all_scopes=SCOPES, choosable_scopes=CHOOSABLE_SCOPES,
        lifetimes=TOKEN_LIFETIMES,
    )  # fmt: skip


def _set_session(response: Response, resources: Resources, token: str) -> None:
    set_cookie(response, resources.settings, SESSION_COOKIE, token, seconds=SESSION_SECONDS)
    response.delete_cookie(VISITOR_COOKIE, path="/")
