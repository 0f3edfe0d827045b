from django.urls import path

from demo_api.accounts import api

urlpatterns = [
    path("register/", api.RegisterView.as_view(), name="register"),
    path("sign-in/", api.SignInView.as_view(), name="sign-in"),
    path("sign-out/", api.SignOutView.as_view(), name="sign-out"),
    path("sign-out-everywhere/", api.SignOutEverywhereView.as_view(), name="sign-out-everywhere"),
    path("me/", api.MeView.as_view(), name="me"),
]
