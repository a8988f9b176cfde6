"""The demo's accounts as the sign-in page lists them; shown in the demo only."""

from django.utils.translation import gettext_lazy as _

DEMO_PASSWORD = "demo-orr-2026"  # noqa: S105 the demo shows it on purpose
DEMO_ACCOUNTS = (
    ("manager", _("Release manager"), _("Opens reviews and proposes decisions. Cannot sign their own.")),
    ("sre", _("SRE"), _("Signs the SRE seat and may press Exit.")),
    ("security", _("Security"), _("Signs the security seat.")),
    ("product", _("Product"), _("Signs the product seat, attests documents.")),
    ("data", _("Data"), _("Signs the data seat, attests legal hold.")),
    ("auditor", _("Auditor"), _("Reads, downloads, verifies. Changes nothing.")),
    ("admin", _("Administrator"), _("Looks after people and roles. Cannot sign.")),
)
