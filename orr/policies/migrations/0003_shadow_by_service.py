"""Which services are decided in shadow; what no writer may do to what was said of one."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION policies_guard_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'the mode of a service is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.asked_at := clock_timestamp();
        IF NEW.ended_at IS NOT NULL OR NEW.consented_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a mode of a service begins without an end' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.service_id, NEW.mode, NEW.reason, NEW.asked_by_id, NEW.asked_at, NEW.at_setup)
       IS DISTINCT FROM
       (OLD.id, OLD.service_id, OLD.mode, OLD.reason, OLD.asked_by_id, OLD.asked_at, OLD.at_setup)
       OR OLD.ended_at IS NOT NULL
       OR (OLD.counts_from IS NOT NULL AND (NEW.counts_from, NEW.consented_by_id)
           IS DISTINCT FROM (OLD.counts_from, OLD.consented_by_id)) THEN
        RAISE EXCEPTION 'what was said of a service never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_mode BEFORE INSERT OR UPDATE OR DELETE ON policies_servicemode
    FOR EACH ROW EXECUTE FUNCTION policies_guard_mode();
CREATE TRIGGER guard_modes BEFORE TRUNCATE ON policies_servicemode
    FOR EACH STATEMENT EXECUTE FUNCTION policies_guard_mode();
"""
BACKWARD = """
DROP TRIGGER guard_modes ON policies_servicemode;
DROP TRIGGER guard_mode ON policies_servicemode;
DROP FUNCTION policies_guard_mode();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0002_laws_of_policies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceMode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service_id', models.CharField(max_length=200)),
                ('mode', models.CharField(choices=[('shadow', 'shadow'), ('enforced', 'enforced')], max_length=8)),
                ('reason', models.TextField(max_length=2000)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('at_setup', models.BooleanField(default=False)),
                ('counts_from', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('consented_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('mode__in', ['shadow', 'enforced'])), name='service_mode_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('service_id', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='service_mode_says_of_what_and_why'), models.UniqueConstraint(condition=models.Q(('counts_from__isnull', False), ('ended_at', None)), fields=('service_id',), name='one_mode_of_a_service'), models.UniqueConstraint(condition=models.Q(('counts_from', None), ('ended_at', None)), fields=('service_id',), name='one_mode_of_a_service_waits'), models.CheckConstraint(condition=models.Q(models.Q(('counts_from__isnull', False), ('mode', 'enforced')), models.Q(('consented_by', None), ('counts_from', None), ('mode', 'shadow')), models.Q(('at_setup', True), ('mode', 'shadow')), models.Q(('consented_by__isnull', False), ('mode', 'shadow'), models.Q(('consented_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='shadow_takes_two_administrators')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
