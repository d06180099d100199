"""The addresses of signing in, below ``/accounts/``: of allauth's, only those used; no sign-up, no e-mail pages.

allauth's reauthentication is not here either; see ``MFA_REAUTHENTICATION_REQUIRED`` in the settings.
"""

from allauth.account import views as account
from allauth.mfa.base.views import authenticate
from allauth.mfa.recovery_codes.views import view_recovery_codes
from django.urls import path

from registry.web.second_factor import AddAuthenticator, MakeRecoveryCodes, RemoveAuthenticator

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    # Reached by the link that manage.py add_person prints; nobody can ask for one on the web.
    path("password/<slug:uidb36>/<slug:key>/", account.password_reset_from_key, name="account_reset_password_from_key"),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("2fa/authenticate/", authenticate, name="mfa_authenticate"),
    path("2fa/totp/activate/", AddAuthenticator.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", RemoveAuthenticator.as_view(), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", MakeRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
]
