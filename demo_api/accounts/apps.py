from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "demo_api.accounts"
    label = "accounts"
