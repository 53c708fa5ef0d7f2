"""Where everything is. The default language has no prefix, English lives under /en/."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms.figures.views import oembed
from cms.pages.views import disclosure
from portal.api import api
from portal.charter.views import charter
from portal.found import robots, sitemaps
from portal.security import reset_password_elsewhere, sign_in_elsewhere, undone_when_refused

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.page_not_found"
handler500 = "portal.errors.server_error"

decorate_urlpatterns(wagtailadmin_urls.urlpatterns, undone_when_refused)

urlpatterns = [
    # For machines that watch over a process; the names are no words of any language.
    path("-/", include("portal.operations.urls")),
    # There is one place to sign in, and one to ask for a new password: they count attempts.
    path("admin/login/", sign_in_elsewhere, name="admin_sign_in"),
    re_path(r"^admin/password_reset/", reset_password_elsewhere),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("api/v1/", api.urls),
    # Files for good: what is published is the same in every language.
    path("data/", include("cms.open_data.file_urls")),
    # How other sites show a figure; the address they ask about says in which language.
    path("oembed/", oembed, name="oembed"),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", index, {"sitemaps": sitemaps, "sitemap_url_name": "sitemap"}, name="sitemap_index"),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": sitemaps}, name="sitemap"),
    # The log for programs; the pages about it are below, in both languages.
    path("log/", include("privacy.log.tlog_urls")),
    # Pictures that editors publish; what citizens attach is in another place and has its own views.
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]
urlpatterns += i18n_patterns(
    path("accounts/", include("allauth.urls")),
    path("", include("privacy.urls")),
    path("", include("participation.urls")),
    path("", include("cms.urls")),
    path("charter/", charter, name="charter"),
    path("_util/login/", sign_in_elsewhere, name="page_sign_in"),
    path("<slug:index>/<slug:slug>/", disclosure, name="disclosure"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)
