"""Who sent which bytes, and when: written once, and the database refuses to change or forget it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STAYS = """
CREATE FUNCTION changes_sentfile_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON changes_sentfile
    EXECUTE FUNCTION changes_sentfile_stays();
ALTER TABLE changes_sentfile ENABLE ALWAYS TRIGGER stays;
"""
GOES = """
DROP TRIGGER stays ON changes_sentfile;
DROP FUNCTION changes_sentfile_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("changes", "0001_initial"),
        ("evidence", "0004_pushed_by"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SentFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.PositiveIntegerField()),
                ("sent_at", models.DateTimeField()),
                ("blob", models.ForeignKey(
                    db_column="sha256", on_delete=django.db.models.deletion.PROTECT, related_name="+",
                    to="evidence.blob",
                )),
                ("sender", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                )),
            ],
            options={
                "indexes": [models.Index(fields=["sender", "-sent_at"], name="sent_file_by_sender")],
                "constraints": [
                    models.UniqueConstraint(fields=("blob", "sender"), name="file_once_per_sender"),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="no_empty_file"),
                ],
            },
        ),
        migrations.RunSQL(STAYS, GOES),
    ]
