"""A pushed result names who sent it; what was kept before names nobody."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Who sent it."""

    dependencies = [("evidence", "0003_carried_evidence")]
    operations = [
        migrations.AddField(model_name="evidence", name="pushed_by", field=models.UUIDField(null=True)),
        # Evidence never changes, so what was pushed before stays without a name.
        AddConstraintNotValid(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=Q(collector__startswith="push ", pushed_by__isnull=False)
                | (~Q(collector__startswith="push ") & Q(pushed_by=None)),
                name="a_pushed_result_names_who_sent_it",
            ),
        ),
    ]
