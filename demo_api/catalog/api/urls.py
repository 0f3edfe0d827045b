from django.urls import path

from demo_api.catalog.api import categories, products, reservations

urlpatterns = [
    path("products/", products.ProductListView.as_view(), name="product-list"),
    path("products/<slug:slug>/", products.ProductDetailView.as_view(), name="product-detail"),
    path("products/<slug:slug>/image/", products.ProductImageView.as_view(), name="product-image"),
    path("categories/", categories.CategoryListView.as_view(), name="category-list"),
    path("categories/<slug:slug>/", categories.CategoryDetailView.as_view(), name="category-detail"),
    path("reservations/", reservations.ReservationListView.as_view(), name="reservation-list"),
    path(
        "reservations/<uuid:reservation_id>/", reservations.ReservationDetailView.as_view(), name="reservation-detail"
    ),
    path(
        "reservations/<uuid:reservation_id>/release/",
        reservations.ReservationReleaseView.as_view(),
        name="reservation-release",
    ),
]
