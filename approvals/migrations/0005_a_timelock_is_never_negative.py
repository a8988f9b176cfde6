"""A timelock is never shorter than nothing."""

import datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0004_laws_of_delegation'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('delay__gte', datetime.timedelta(0))), name='timelock_is_not_negative'),
        ),
    ]
