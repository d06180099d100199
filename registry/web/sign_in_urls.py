"""The addresses of signing in, below ``/accounts/``: of allauth's, only those used.

allauth's reauthentication is not here; see ``MFA_REAUTHENTICATION_REQUIRED`` in the settings.
"""

from allauth.account import views as account
from django.urls import path

from registry.web import second_factor
from registry.web.address import ChangeAddress
from registry.web.password import ChangePassword

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("sign-up/", account.signup, name="account_signup"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("address/", ChangeAddress.as_view(), name="account_email"),
    path("address/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    path("address/confirm/<str:key>/", account.confirm_email, name="account_confirm_email"),
    path("password/change/", ChangePassword.as_view(), name="account_change_password"),
    # Reached by the link that manage.py add_person prints; nobody can ask for one on the web.
    path("password/<slug:uidb36>/<slug:key>/", account.password_reset_from_key, name="account_reset_password_from_key"),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("passkey/", second_factor.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("2fa/authenticate/", second_factor.SecondStep.as_view(), name="mfa_authenticate"),
    path("2fa/totp/activate/", second_factor.AddAuthenticator.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", second_factor.RemoveAuthenticator.as_view(), name="mfa_deactivate_totp"),
    path("2fa/keys/add/", second_factor.AddSecurityKey.as_view(), name="mfa_add_webauthn"),
    path("2fa/keys/<int:pk>/remove/", second_factor.RemoveSecurityKey.as_view(), name="mfa_remove_webauthn"),
    path("2fa/recovery-codes/", second_factor.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", second_factor.MakeRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
]
