"""A pushed rehearsal may be half of what its item asks for; a reading says how long what it shows holds."""

from django.db import migrations, models
from django.db.models import F, Q

OUTCOMES = ["reading", "error", "withdrawn", "lacking", "part"]


class Migration(migrations.Migration):
    """Halves, how long they hold, and links."""

    dependencies = [("evidence", "0004_pushed_by")]
    operations = [
        migrations.AddField(
            model_name="evidence", name="holds_until", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="evidence", name="links", field=models.JSONField(default=list, db_default=[])
        ),
        migrations.AlterField(
            model_name="evidence",
            name="outcome",
            field=models.CharField(max_length=10, choices=[(one, one.title()) for one in OUTCOMES]),
        ),
        migrations.RemoveConstraint(model_name="evidence", name="evidence_outcome_is_known"),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=Q(outcome__in=OUTCOMES), name="evidence_outcome_is_known"
            ),
        ),
        migrations.RemoveConstraint(model_name="evidence", name="carried_is_a_reading_of_another"),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=Q(carried_from="")
                | (~Q(carried_from=F("subject")) & Q(outcome__in=("reading", "part"))),
                name="carried_is_a_reading_of_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=~Q(outcome="part")
                | Q(passed__isnull=False, passed=True, collector__startswith="push "),
                name="a_part_is_a_pushed_result_that_passed",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=Q(holds_until=None, links=[]) | Q(outcome="reading"),
                name="only_a_reading_holds_and_links",
            ),
        ),
    ]
