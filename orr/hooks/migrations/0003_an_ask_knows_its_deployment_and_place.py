"""An ask names which deployment of a run it is, and our environment; those from before say neither."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add both; a second deployment of one run is an ask of its own from now on."""

    dependencies = [("hooks", "0002_laws_of_answering")]

    operations = [
        migrations.AddField("ask", "deployment", models.CharField(blank=True, default="", max_length=20)),
        migrations.AddField("ask", "here", models.CharField(blank=True, default="", max_length=60)),
        migrations.RemoveConstraint("ask", "a_deployment_asks_once"),
        migrations.AddConstraint(
            "ask",
            models.UniqueConstraint(
                fields=["source", "kind", "repository", "number", "environment", "deployment"],
                name="a_deployment_asks_once",
            ),
        ),
        migrations.AddConstraint(
            "ask",
            models.CheckConstraint(
                condition=models.Q(deployment__regex=r"^[0-9]{0,20}$"), name="ask_names_its_deployment"
            ),
        ),
    ]
